// Package header gives typed views of packet headers and finds them in a frame.
//
// A header is a named byte slice with getters and setters at constant offsets: no copy, no allocation. IsValid says
// once whether the slice is long enough and consistent; after that the getters need no checks. Parse walks a frame from
// its Ethernet header to its transport header, on any bytes without a panic, and sums up what it found.
//
// Numbers are in host byte order, lengths in bytes unless a name says otherwise. Addresses are arrays, so that they
// compare and can be keys.
package header
