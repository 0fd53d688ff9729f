// Package firewall models the PCIe firewall of a DSN: windows, like those of a memory management unit, over the
// resources that can be reached through PCIe. Every access to a BAR, every doorbell and every DMA in either direction
// carries the id of the function that asks (its requester id) and is checked against the windows.
//
// A window claims a range for one function, with rights. An access passes when each of its bytes is admitted: by a
// window of the requester with the right that it needs, or, where no window of anyone covers the byte, by the rule for
// unclaimed space. What is refused gets the answer that PCIe has for it, is counted for its requester, and is reported
// to telemetry as far as a token bucket lets reports through.
//
// Windows are set from the network's side only: the handle that changes them, Config, carries the side that opened it.
package firewall
