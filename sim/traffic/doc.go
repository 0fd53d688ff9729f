// Package traffic holds the sources of packets: the replay of a capture and the synthetic mix. A source is a struct
// whose Next returns one packet after the other in order of time, without allocation; what it returns depends on its
// configuration, seed, replication and name only.
package traffic
