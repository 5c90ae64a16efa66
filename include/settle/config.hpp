// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#define SETTLE_VERSION_MAJOR 0
#define SETTLE_VERSION_MINOR 1
#define SETTLE_VERSION_PATCH 0
#define SETTLE_VERSION_STRING "0.1.0"

#if defined(_WIN32) && defined(SETTLE_SHARED)
#if defined(SETTLE_SOURCE)
#define SETTLE_DECL __declspec(dllexport)
#else
#define SETTLE_DECL __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define SETTLE_DECL __attribute__((visibility("default")))
#else
#define SETTLE_DECL
#endif

// A stackful coroutine may go on on another thread. Where it takes a call or a register to find a
// thread_local (in a shared library, and outside x86-64 always) a compiler may take what it has
// found for that of the whole function: so what reads one is a function of its own there.
#if defined(__GNUC__) && (!defined(__x86_64__) || (defined(__PIC__) && !defined(__PIE__)))
#define SETTLE_READS_THREAD_LOCAL [[gnu::noinline]]
#else
#define SETTLE_READS_THREAD_LOCAL
#endif

// What is called for each promise, and is a few instructions: compilers go by its looks.
#if defined(__GNUC__)
#define SETTLE_FORCE_INLINE [[gnu::always_inline]] inline
#else
#define SETTLE_FORCE_INLINE inline
#endif
