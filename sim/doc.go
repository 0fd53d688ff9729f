// Package sim is the kernel: an engine that walks packets along paths of queueing stations, in time order. The stations are in
// package station, the queue of its events in package queue; schedulers of classes are here, since the engine drives them. It
// knows no networking.
//
// A packet walks its path in one call until it reaches a join, a place where a packet of another upstream could
// arrive before it. Only there does it become an event. Which hops are joins is derived from the paths
// (markJoins); walking every hop as an event instead gives the same result, bit for bit.
package sim
