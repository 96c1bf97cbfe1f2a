// Clocks, schedules, histograms, statistics and samples of the host: what every number is made of.
