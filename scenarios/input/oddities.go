package input

import (
	"fmt"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/offload"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// oddities tells what of a capture was not read as it stands in the file.
func oddities(c *capture.Capture) (list []string) {
	say := func(n int, format string, args ...any) {
		if n > 0 {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	say(len(c.Cut), "the capture ends in the middle of %s; the %d records before are sent", c.Cut, len(c.Records))
	say(c.Converted, "%d of the %d records of the capture have no Ethernet header (link type %s) and got one, with made-up addresses where theirs are not known",
		c.Converted, len(c.Records), strings.Join(c.LinkTypes, ", "))
	say(c.LeftOut, "%d packets of the capture are of interfaces whose link type cannot be read, and are left out", c.LeftOut)
	say(c.AboveOriginal, "%d of the %d records of the capture say that more was captured than there was; they are as long as what was captured",
		c.AboveOriginal, len(c.Records))
	say(c.Overlong, "%d of the %d records of the capture say that they were longer than %d B; they are as long as what was captured",
		c.Overlong, len(c.Records), capture.MaxFrame)
	return list
}

// segmented tells what became of records that were never on a wire.
func segmented(f offload.Facts, t *demand.Traffic) []string {
	if f.Records == 0 {
		return nil
	}
	text := fmt.Sprintf("%d records of the capture hold several segments, joined by the host or its NIC (TSO, GRO), and were sent as %d frames of at most %d B",
		f.Records, f.Frames, f.Longest+traffic.FCS)
	switch byMTU := f.Records - f.ByMSS; {
	case byMTU > 0 && t.MTU > 0:
		text += fmt.Sprintf("; %d by the MTU of %s, the others by what their connection agreed on", byMTU, t.MTU)
	case byMTU > 0:
		text += fmt.Sprintf("; %d by an MTU of %d B, since no handshake says (mtu: 9000B would say another), the others by what their connection agreed on",
			byMTU, offload.DefaultMTU)
	}
	return []string{text}
}
