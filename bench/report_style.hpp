// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

namespace bench {

/// The style sheet and the script of the page. The reader's system says whether it is light or
/// dark; the button overrules it.
extern const char* const report_style;
extern const char* const report_script;

} // namespace bench
