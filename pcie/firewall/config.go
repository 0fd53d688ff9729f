package firewall

import (
	"errors"
	"fmt"
)

// Side is where a configuration request comes from.
type Side uint8

// The sides. Network is the DSN's own management, which answers to the policy manager. Host is whatever comes over PCIe.
const (
	Host Side = iota
	Network
)

// String returns "host" or "network".
func (s Side) String() string { return [...]string{"host", "network"}[s] }

// ErrSide is the reason of an error when the side that asks may not change the firewall.
var ErrSide = errors.New("the PCIe firewall is configured from the network's side only")

// Config is the handle that changes a firewall's windows. It carries the side that opened it; the zero value may do
// nothing.
type Config struct {
	f    *Firewall
	side Side
}

// Open returns a handle for a side. Any side can open one; the handle itself refuses, so that what a side tries is
// told by the firewall and not by the caller.
func (f *Firewall) Open(s Side) Config { return Config{f, s} }

func (c Config) permit() error {
	if c.f == nil || c.side != Network {
		return fmt.Errorf("%w, not the %s's", ErrSide, c.side)
	}
	return nil
}

// Add sets a window. The error is ErrSide, or ErrWindow when the window is empty, overlaps another of its function, or
// does not fit.
func (c Config) Add(w Window) error {
	if err := c.permit(); err != nil {
		return err
	}
	if most := c.f.spec.Windows; most > 0 && len(c.f.windows) >= most {
		return fmt.Errorf("%w: the firewall holds %d windows", ErrWindow, most)
	}
	return c.f.add(w)
}

// Remove takes a window out. The error is ErrSide, or ErrWindow when there is none like it.
func (c Config) Remove(w Window) error {
	if err := c.permit(); err != nil {
		return err
	}
	if !c.f.remove(w) {
		return fmt.Errorf("%w: there is no %s", ErrWindow, w)
	}
	return nil
}

// Disable turns all checks off.
func (c Config) Disable() error {
	if err := c.permit(); err != nil {
		return err
	}
	c.f.off = true
	return nil
}
