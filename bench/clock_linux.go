package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime returns the processor time that a process has used so far, user and
// system, in nanoseconds; /proc/PID/stat counts in steps of 10 ms.
func cpuTime(pid int) (time.Duration, error) {
	const scheduled = 2 // CPUCLOCK_SCHED of the kernel's posix-timers.h
	var t unix.Timespec
	// As clock_getcpuclockid(3) makes the id of the clock.
	if err := unix.ClockGettime(int32(^pid<<3|scheduled), &t); err != nil { // #nosec G115 -- ids of processes have 22 bits
		return 0, err
	}
	return time.Duration(t.Nano()), nil
}
