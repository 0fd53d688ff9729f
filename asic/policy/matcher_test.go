package policy

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
)

// Packets whose ports could not be read match by address and protocol; what is not IP matches an empty list only.
func TestMatchOfWhatCannotBeRead(t *testing.T) {
	m, err := NewMatcher([]table.Rule{rule(false, table.PortRange{Lo: 80, Hi: 80}).Rule})
	require.NoError(t, err)
	all, err := NewMatcher(nil)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		port    uint16
		reading header.Reading
		ip      bool
		want    bool
	}{
		"its port":     {80, header.Read, true, true},
		"another port": {81, header.Read, true, false},
		"no port read": {0, header.NoPorts, true, true},
		"not IP":       {80, header.Read, false, false},
	} {
		u := tuple("10.0.0.1", "10.0.0.2", header.ProtoTCP, 5000, c.port)
		u.IP, u.Reading = c.ip, c.reading
		assert.Equal(t, c.want, m.Match(&u), name)
		assert.True(t, all.Match(&u), name)
	}
}
