// The machine as the harness and the broker see it: CPUs, NUMA nodes, memory placement, block devices.
