package trial

import (
	"errors"
	"fmt"

	"github.com/dsnsim/dsnsim/sim"
)

// ErrBalance is the tool's own bug: packets that are nowhere.
var ErrBalance = errors.New("packets are not conserved")

// audit checks what must hold in every run: that no packet is lost or made up, and Little's law.
func (s *Simulation) audit() error {
	if err := Conserved(s.Placement.Name, s.Engine.Balance()); err != nil {
		return err
	}
	return s.little()
}

// Conserved complains when a packet is nowhere; after the drain, none is on its way.
func Conserved(placement string, b sim.Balance) error {
	if b.Holds() && b.InFlight == 0 {
		return nil
	}
	copied := ""
	if b.Copied > 0 {
		copied = fmt.Sprintf(" and %d copied", b.Copied)
	}
	return fmt.Errorf("%s: %w: %d in%s, %d delivered, %d dropped, %d in flight after the drain",
		placement, ErrBalance, b.In, copied, b.Delivered, b.Dropped, b.InFlight)
}
