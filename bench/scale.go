package main

import "time"

// scale is how much is done.
type scale struct {
	rounds   int // of each comparison by processor time
	requests int // of each round

	people       int // who have a session each, in comparisons by throughput
	raceRounds   int
	connections  []int
	raceRequests int

	sizes         []int // of directories, in contacts
	reads, writes int   // of each operation

	liveSessions []int
	seen         int // sessions that send a request, at most

	arriving  int     // people who sign in, by each method and number at once
	pace      float64 // requests per second, where answers are not to hold up the next
	floods    int     // rounds with and without guesses
	floodTime time.Duration

	reloadContacts int
	reloads        int
	reloadTime     time.Duration // of each round
}

// hugeDirectory is a size that is measured where it is asked for.
const hugeDirectory = 10_000_000

// fullScale is what results are taken from.
var fullScale = scale{
	rounds: 60, requests: 1500,
	people: 100_000, connections: []int{32, 512}, raceRounds: 5, raceRequests: 10_000,
	sizes: []int{1000, 10_000, 100_000, 1_000_000}, reads: 20_000, writes: 300,
	liveSessions: []int{10_000, 100_000, 1_000_000}, seen: 250_000,
	arriving: 300, pace: 200, floods: 5, floodTime: 6 * time.Second,
	reloadContacts: 1_000_000, reloads: 5, reloadTime: 5 * time.Second,
}

// quickScale is for seeing that it works.
var quickScale = scale{
	rounds: 3, requests: 100,
	people: 1000, connections: []int{8}, raceRounds: 1, raceRequests: 1000,
	sizes: []int{100, 1000}, reads: 1000, writes: 20,
	liveSessions: []int{1000}, seen: 1000,
	arriving: 10, pace: 100, floods: 1, floodTime: time.Second,
	reloadContacts: 1000, reloads: 1, reloadTime: time.Second,
}
