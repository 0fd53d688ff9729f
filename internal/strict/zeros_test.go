package strict

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLeadingZeros(t *testing.T) {
	for text, plain := range map[string]string{
		"010.0.0.1": "10.0.0.1", "10.0.0.0/08": "10.0.0.0/8", "053": "53", "01-0100": "1-100", "2001:db8::/032": "2001:db8::/32",
		"10.1.0.1:080": "10.1.0.1:80", "00": "0", "10.000.0.1": "10.0.0.1",
	} {
		assert.ErrorContains(t, LeadingZeros(text), "did you mean "+plain+"?", text)
	}
	for _, text := range []string{"0", "10.0.0.0/8", "0.0.0.0/0", "53", "0-100", "2001:0db8::0001/32", "::/0", "0x06", "", "100", "::ffff:10.0.0.0/104", "tcp", "02:00:00:00:00:01"} {
		assert.NoError(t, LeadingZeros(text), text)
	}
}
