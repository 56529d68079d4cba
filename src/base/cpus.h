#pragma once

namespace pack {

/// The CPUs that this process may run on (sched_getaffinity(2)), at least 1.
unsigned usable_cpus();

}  // namespace pack
