add_executable(keyspace_load ${CMAKE_CURRENT_LIST_DIR}/keyspace_load.cpp)
target_link_libraries(keyspace_load PRIVATE sluice_options sluice_store fmt::fmt)

find_package(benchmark REQUIRED)
add_executable(keyspace_benchmark ${CMAKE_CURRENT_LIST_DIR}/keyspace_benchmark.cpp)
target_link_libraries(keyspace_benchmark PRIVATE sluice_options sluice_store benchmark::benchmark fmt::fmt)
