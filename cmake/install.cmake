# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0

include(CMakePackageConfigHelpers)

set(settle_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/settle")

install(TARGETS settle EXPORT settleTargets FILE_SET HEADERS)
install(EXPORT settleTargets NAMESPACE settle:: DESTINATION "${settle_package_dir}")

configure_package_config_file(
    "${PROJECT_SOURCE_DIR}/cmake/settleConfig.cmake.in"
    "${PROJECT_BINARY_DIR}/settleConfig.cmake"
    INSTALL_DESTINATION "${settle_package_dir}")
write_basic_package_version_file(
    "${PROJECT_BINARY_DIR}/settleConfigVersion.cmake"
    COMPATIBILITY SameMinorVersion)
install(FILES
    "${PROJECT_BINARY_DIR}/settleConfig.cmake"
    "${PROJECT_BINARY_DIR}/settleConfigVersion.cmake"
    DESTINATION "${settle_package_dir}")
# For those who build without CMake. spdlog stays inside a shared settle; a static one leaves it to
# the final link, which asks by 'pkg-config --static'.
set(settle_pc_dir "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig")
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
    BASE_DIRECTORY "${settle_pc_dir}" OUTPUT_VARIABLE settle_pc_prefix)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_INCLUDEDIR
    BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}" OUTPUT_VARIABLE settle_pc_includedir)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR
    BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}" OUTPUT_VARIABLE settle_pc_libdir)
if(settle_type STREQUAL "SHARED_LIBRARY")
    set(settle_pc_definitions "-DSETTLE_SHARED")
    set(settle_pc_requires_private "")
else()
    set(settle_pc_definitions "")
    set(settle_pc_requires_private "spdlog >= 1.10")
endif()
configure_file(
    "${PROJECT_SOURCE_DIR}/cmake/settle.pc.in" "${PROJECT_BINARY_DIR}/settle.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/settle.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
