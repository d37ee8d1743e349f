package main

// scale is how much is done.
type scale struct {
	rounds   int // of each comparison by processor time
	requests int // of each round

	people       int // who have a session each, in comparisons by throughput
	raceRounds   int
	raceRequests int
}

// fullScale is what results are taken from.
var fullScale = scale{
	rounds: 50, requests: 2000,
	people: 100_000, raceRounds: 7, raceRequests: 10_000,
}

// quickScale is for seeing that it works.
var quickScale = scale{
	rounds: 3, requests: 100,
	people: 1000, raceRounds: 2, raceRequests: 1000,
}
