// Package psp seals and opens packets of PSP, Google's security protocol for data centres: AES-GCM in UDP, whose receiver derives
// the key of each packet from the packet's SPI and a master key of its own. A receiver therefore keeps nothing for an association,
// however many there are.
//
// source: PSP Architecture Specification, April 2022, and its reference program (github.com/google/psp). Versions 0 and 1 (AES-GCM
// with keys of 128 and 256 bits) are here; of versions 2 and 3 (AES-GMAC) no test vector is public, so they are refused.
package psp
