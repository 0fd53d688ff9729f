// Package pcie models a PCI Express link at the level of its TLPs, with the device and the host at its ends.
//
// A Link is arithmetic: line coding, header bytes, what acknowledgements and flow control leave of the rate.
// The experiment (Run) sends transfers over a link from a Device to a Host and back:
//
//	device engine -> wire up -> root port -> IOMMU -> cache or DRAM -> root port -> wire down -> device
//
// Every FIFO part of that path is a Lindley recursion (departure = max(arrival, free) + service); only where one
// request may overtake another (memory and page walks take different times) is there an event.
// ClosedForm gives the same answer for an unlimited device and host without a simulation.
// Where the model is known to differ from measured hosts is in DEVIATIONS.md.
package pcie
