# SPDX-License-Identifier: Apache-2.0
# stapes_isa(NAME [TARGET target] SOURCES ...): adds files for one instruction set to `target` (default:
# stapes_kernels). Only these files get its flags, since the rest of the program must run without it. Defines
# STAPES_HAVE_<NAME> for the lists of variants. Does nothing if the compiler is for another processor.
set(STAPES_AVX2_FLAGS -mavx2 -mfma -mpopcnt)
set(STAPES_AVX512_FLAGS ${STAPES_AVX2_FLAGS} -mavx512f -mavx512bw -mavx512dq -mavx512vl -mprefer-vector-width=512
  # Some compilers warn about undefined registers in their own intrinsics.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized> $<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized>)
set(STAPES_AVX512VNNI_FLAGS ${STAPES_AVX512_FLAGS} -mavx512vnni)
set(STAPES_AVX512POPCNT_FLAGS ${STAPES_AVX512_FLAGS} -mavx512vpopcntdq)
set(STAPES_NEON_FLAGS "")
set(STAPES_NEONDOT_FLAGS -march=armv8.2-a+dotprod)
set(STAPES_WASMSIMD_FLAGS -O2 -msimd128)

function(stapes_isa name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TARGET" "SOURCES")
  if(NOT arg_TARGET)
    set(arg_TARGET stapes_kernels)
  endif()
  if(name STREQUAL "MVE")
    return()  # for exports only: processors with it are too small for this program
  endif()
  if(name STREQUAL "WASMSIMD")
    set(processors "wasm32")
  elseif(name MATCHES "^AVX")
    set(processors "x86_64|AMD64")
  else()
    set(processors "aarch64|arm64")
  endif()
  if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(${processors})$")
    return()
  endif()
  target_sources(${arg_TARGET} PRIVATE ${arg_SOURCES})
  set_source_files_properties(${arg_SOURCES} PROPERTIES COMPILE_OPTIONS "${STAPES_${name}_FLAGS}")
  target_compile_definitions(${arg_TARGET} PRIVATE STAPES_HAVE_${name}=1)
endfunction()
