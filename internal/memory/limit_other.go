//go:build !linux

package memory

func ownLimit() int64 { return Unknown }
