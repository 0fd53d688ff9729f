// Package sim is the kernel: a queue of events in time order, queueing stations solved by Lindley's recursion, and
// an engine that walks packets along paths of them. It knows no networking.
//
// A packet walks its path in one call until it reaches a join, a place where a packet of another upstream could
// arrive before it. Only there does it become an event. Which hops are joins is derived from the paths
// (markJoins); walking every hop as an event instead gives the same result, bit for bit.
package sim
