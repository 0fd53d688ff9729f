package profile

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every derived or assumed constant of a shipped profile has its rationale and impact in the notes, by its path.
func TestNotesCoverWhatIsDerivedOrAssumed(t *testing.T) {
	src, err := os.ReadFile("../../docs/calibration-notes.md")
	require.NoError(t, err)
	notes := string(src)
	index := regexp.MustCompile(`\[\d+\]`)
	for name, p := range shipped(t) {
		for _, c := range p.Constants() {
			if c.Assumed == "" && c.Confidence != "derived" {
				continue
			}
			path := c.Path
			if strings.HasPrefix(path, "ethernet") && strings.Contains(path, "phy") {
				path = index.ReplaceAllString(path, "[]") // one heading for all rates
				path = strings.Replace(path, "phy_rx", "phy_tx", 1)
			}
			assert.True(t, strings.Contains(notes, path), "%s: %s = %s is not in docs/calibration-notes.md", name, c.Path, c.Value)
		}
	}
}
