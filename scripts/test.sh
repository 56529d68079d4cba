#!/usr/bin/env bash
# Installs what the tests need, builds, and runs all of them: with warnings as errors, under
# AddressSanitizer and UndefinedBehaviorSanitizer, and a short fuzzing run with fixed seeds.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/common.sh
install_packages "${build_packages[@]}" "${test_packages[@]}"

echo "== formatting"
git ls-files 'src/*.h' 'src/*.cpp' 'tests/*.h' 'tests/*.cpp' | xargs clang-format --dry-run -Werror

echo "== dev: all tests, warnings are errors"
build_preset dev
ctest --test-dir build/dev -j"$(nproc)" --output-on-failure --timeout 900

echo "== clang-tidy"
git ls-files 'src/*.cpp' | xargs -P "$(nproc)" -n 4 clang-tidy -p build/dev --quiet 2>/dev/null

echo "== sanitize: all tests under ASan and UBSan"
build_preset sanitize
ctest --test-dir build/sanitize -j"$(nproc)" --output-on-failure --timeout 1800

echo "== fuzz: fixed seeds"
build_preset fuzz
ctest --test-dir build/fuzz --output-on-failure --timeout 300
