package bolt

import "hash/maphash"

// bloom tells of a key whether it may have been added; of one that was, always.
// Of few millions it errs seldom.
type bloom struct {
	seed maphash.Seed
	bits []uint64
}

// bloomBits is how many bits a filter has: 2 MiB.
const bloomBits = 1 << 24

func newBloom() *bloom {
	return &bloom{maphash.MakeSeed(), make([]uint64, bloomBits/64)}
}

// places are the bits of a key.
func (b *bloom) places(key []byte) [4]uint32 {
	h := maphash.Bytes(b.seed, key)
	one, two := uint32(h), uint32(h>>32)|1 // #nosec G115 -- both halves are wanted
	return [4]uint32{one % bloomBits, (one + two) % bloomBits, (one + 2*two) % bloomBits, (one + 3*two) % bloomBits}
}

func (b *bloom) add(key []byte) {
	for _, p := range b.places(key) {
		b.bits[p/64] |= 1 << (p % 64)
	}
}

func (b *bloom) has(key []byte) bool {
	for _, p := range b.places(key) {
		if b.bits[p/64]&(1<<(p%64)) == 0 {
			return false
		}
	}
	return true
}

func (b *bloom) clear() { clear(b.bits) }
