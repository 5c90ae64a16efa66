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
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
