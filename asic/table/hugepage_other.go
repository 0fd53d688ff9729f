//go:build !linux

package table

// makeFlat returns a slice of n zero scalars.
func makeFlat[T any](n int) []T { return make([]T, n) }
