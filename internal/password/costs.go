package password

// Costs of a hash of our own.
const (
	DefaultTime        = 2 // passes
	DefaultParallelism = 1 // lanes
	// MaxTime and MaxParallelism are the most that [ParseHash] admits.
	MaxTime        = 32
	MaxParallelism = 16
)

// leastMemory is the memory in KiB that makes a hash of so many passes strong
// enough; more passes than are listed take no less than the last (OWASP Password
// Storage Cheat Sheet, argon2id).
var leastMemory = []int{1: 47104, 2: 19456, 3: 12288, 4: 9216, 5: 7168}

// MemoryBounds is the memory in KiB that a hash of so many passes, 1 to
// [MaxTime], should take at least, by OWASP, and may take at most, by
// [ParseHash].
func MemoryBounds(time int) (least, most int) {
	return leastMemory[min(time, len(leastMemory)-1)], min(maxMemory, maxMemoryTime/time)
}
