find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(fmt REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(jemalloc REQUIRED IMPORTED_TARGET jemalloc)

# Asio's headers warn under our flags: they are system headers, and are compiled with exceptions and threads only.
add_library(sluice_asio INTERFACE)
target_link_libraries(sluice_asio INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(sluice_asio INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_NO_TS_EXECUTORS)
# g++ 12 takes the matching operators new and delete of Asio coroutine frames for mismatched ones.
target_compile_options(sluice_asio INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>)
# Asio has fences, which the thread sanitizer of g++ 12 does not see. What it guards with them it also locks.
target_compile_options(sluice_asio INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
