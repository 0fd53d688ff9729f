// Package hw holds the physical parts around the DSN: Ethernet ports and cables, the merchant switch, the ordinary
// NIC, host CPU cores and caches. Each takes its constants from a profile (hw/profile) and becomes a station.
package hw

import (
	"fmt"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// The bytes that each frame takes on the wire beside itself. source: IEEE 802.3, preamble and SFD 8 B, gap 12 B.
const (
	Preamble units.Bytes = 8
	FrameGap units.Bytes = 12
)

// EthernetPort declares the sending side of a port: it serialises preamble and frame, keeps the gap, and queues at
// most buffer bytes.
func EthernetPort(name string, rate units.Rate, buffer units.Bytes, reason stats.DropReason) station.Spec {
	return station.Spec{
		Name:       name,
		Room:       station.Room{Bytes: buffer},
		Cost:       station.Transfer{Rate: rate, Fixed: Preamble}.Cost(),
		Gap:        rate.TimeToSend(FrameGap),
		Wire:       true,
		DropReason: uint8(reason),
	}
}

// Cable returns the propagation time along a cable: copper as far as it reaches, fibre beyond.
func Cable(c *profile.Cable, length units.Length) units.Duration {
	perMetre := c.FibrePerMetre.Value
	if length <= c.CopperMax.Value {
		perMetre = c.CopperPerMetre.Value
	}
	return perMetre * units.Duration(length) / units.Duration(units.Metre)
}

// CableName says what a cable of that length is, for traces.
func CableName(c *profile.Cable, role string, length units.Length) string {
	kind := "fibre"
	if length <= c.CopperMax.Value {
		kind = "copper"
	}
	return fmt.Sprintf("cable %s %s %s", role, length, kind)
}

// PHY returns the time that one crossing of a link spends in the MAC, PCS and FEC of both ends.
func PHY(p *profile.Profile, rate units.Rate) (units.Duration, error) {
	e, ok := p.EthernetAt(rate)
	if !ok {
		return 0, fmt.Errorf("profile %s has no Ethernet figures for %s", p.Name, rate)
	}
	return e.PhyTx.Value + e.PhyRx.Value + e.FECRx.Value, nil
}
