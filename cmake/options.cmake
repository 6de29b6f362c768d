# How everything here is compiled: warnings are errors, hardening is on, sanitizers by preset.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(lintel_options INTERFACE)
target_include_directories(lintel_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(lintel_options INTERFACE
  -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Woverloaded-virtual
  -Wimplicit-fallthrough -Wformat=2 -Wundef -fno-common)
target_link_options(lintel_options INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed)

if(LINTEL_SANITIZE)
  add_compile_options(-fsanitize=${LINTEL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1 -O1)
  add_link_options(-fsanitize=${LINTEL_SANITIZE})
else()
  target_compile_options(lintel_options INTERFACE
    -fstack-protector-strong -fstack-clash-protection -D_GLIBCXX_ASSERTIONS
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    target_compile_options(lintel_options INTERFACE -fcf-protection=full)
  endif()
  add_link_options(-pie)
endif()
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")

if(LINTEL_FUZZERS AND NOT (CMAKE_CXX_COMPILER_ID STREQUAL Clang AND LINTEL_SANITIZE))
  message(FATAL_ERROR "LINTEL_FUZZERS wants clang and LINTEL_SANITIZE: use the preset asan")
endif()

# lld is much quicker with what sanitizers make; what ships is linked as ever.
find_program(LLD_PROGRAM ld.lld)
if(LLD_PROGRAM AND LINTEL_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  add_link_options(-fuse-ld=lld)
endif()

# lintel_library(NAME [FUZZED] SOURCES... [LINKS libraries...]); FUZZED: libFuzzer sees which ways
# through it are taken
function(lintel_library name)
  cmake_parse_arguments(arg "FUZZED" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC lintel_options ${arg_LINKS})
  if(arg_FUZZED AND LINTEL_FUZZERS)
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

# lintel_program(NAME SOURCES... [LINKS libraries...]); all programs lie in build/<preset>/bin
function(lintel_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE lintel_options ${arg_LINKS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# lintel_test(NAME SOURCES... [LINKS libraries...] [LABELS labels...] [TIMEOUT s] [RUNNER words...]): GoogleTest cases, one ctest each;
# RUNNER: what starts the program, and answers 77 when it cannot
include(GoogleTest)
function(lintel_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LINKS;LABELS;RUNNER" ${ARGN})
  find_package(GTest REQUIRED)
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS fast)  # an empty list would swallow the next property
  endif()
  # What ./dev test does not play under sanitizers is not built for them.
  if(LINTEL_SANITIZE AND "${arg_LABELS}" MATCHES "browser|box|slow|kernel")
    return()
  endif()
  list(JOIN arg_LABELS "," labels)  # one word: of a list all but the first would be no labels
  # Nothing that is measured lies in them, and optimising GoogleTest's macros is slow.
  set(stories ${arg_SOURCES})
  list(FILTER stories INCLUDE REGEX "_test\\.cc$")
  set_property(SOURCE ${stories} APPEND PROPERTY COMPILE_OPTIONS $<$<CONFIG:RelWithDebInfo>:-O1>)
  if(LINTEL_SANITIZE)
    set_property(SOURCE ${stories} APPEND PROPERTY COMPILE_OPTIONS -O0)  # half of the time to compile
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE lintel_options ${arg_LINKS} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE LINTEL_SOURCE_DIR="${CMAKE_SOURCE_DIR}" LINTEL_BIN_DIR="${CMAKE_BINARY_DIR}/bin")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  set_target_properties(${name} PROPERTIES CROSSCOMPILING_EMULATOR "${arg_RUNNER}")
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS "${labels}" TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77)
endfunction()
