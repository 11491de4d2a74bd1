# One interface target carries what every target of the project is compiled with.
add_library(sluice_options INTERFACE)
target_compile_options(sluice_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
target_include_directories(sluice_options INTERFACE ${PROJECT_SOURCE_DIR})

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Every member initializer of an aggregate that is left out has a default of its own.
  target_compile_options(sluice_options INTERFACE -Wno-missing-field-initializers)
  # False alarms of g++ 12 when it optimises: -Wrestrict on concatenated strings, -Wstringop-overflow and -Warray-bounds
  # on bytes that follow an object in its allocation (store/entry.hpp, element.hpp). The linker repeats them when it
  # optimises the whole.
  set(false_alarms -Wno-restrict -Wno-stringop-overflow)
  if(NOT SLUICE_SANITIZE)
    list(APPEND false_alarms -Wno-array-bounds)
  endif()
  target_compile_options(sluice_options INTERFACE ${false_alarms})
  target_link_options(sluice_options INTERFACE ${false_alarms})
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(sluice_options INTERFACE -Wno-missing-designated-field-initializers -Wno-missing-field-initializers)
endif()

if(SLUICE_SANITIZE)
  target_compile_options(sluice_options INTERFACE -fsanitize=${SLUICE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(sluice_options INTERFACE -fsanitize=${SLUICE_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # What the sanitizers put in hides from the compiler that values are set before they are read.
    target_compile_options(sluice_options INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()

# The objects carry machine code beside the compiler's own form of it: the server is optimised as a whole when it is
# linked, while the many test programs, which set `sluice_quick_link`, take the machine code as it is.
if(SLUICE_LTO AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(sluice_options INTERFACE -flto=auto -ffat-lto-objects)
  target_link_options(sluice_options INTERFACE $<IF:$<BOOL:$<TARGET_PROPERTY:sluice_quick_link>>,-fno-lto,-flto=auto>)
endif()

# sluice_library(NAME SOURCES ... LINKS ...): a static library of one folder.
function(sluice_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS")
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC sluice_options ${arg_LINKS})
endfunction()
