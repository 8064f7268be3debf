//go:build race

package photo

// underRace is set where the race detector makes the models ten times slower:
// the pictures are then fewer.
const underRace = true
