add_executable(keyspace_load ${CMAKE_CURRENT_LIST_DIR}/keyspace_load.cpp)
target_link_libraries(keyspace_load PRIVATE sluice_options sluice_store fmt::fmt)
