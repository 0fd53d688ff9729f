package ruleset

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/internal/shareddata"
)

func prefix(s string) table.Prefix { return table.PrefixOf(netip.MustParsePrefix(s)) }

func TestReadRules(t *testing.T) {
	text := "# a comment\n" +
		"@10.1.0.0/16\t192.168.0.1/32\t0 : 65535\t80 : 443\t0x06/0xFF\t0x1000/0x1000\t\n" +
		"\n" +
		"  @0.0.0.0/0 0.0.0.0/0 7:7 1024 :65535 17/0x00\r\n" +
		"@2001:db8::/32 ::/0 0 : 65535 53 : 53 0x11/0xFF 0x0000/0x0000"
	rules, err := ReadRules("acl.rules", strings.NewReader(text))
	require.NoError(t, err)
	assert.Equal(t, []table.Rule{
		{Src: prefix("10.1.0.0/16"), Dst: prefix("192.168.0.1/32"), SrcPort: table.AnyPort(), DstPort: table.PortRange{Lo: 80, Hi: 443},
			Proto: 6, ProtoMask: 0xff, Flags: 0x1000, FlagsMask: 0x1000},
		{SrcPort: table.PortRange{Lo: 7, Hi: 7}, DstPort: table.PortRange{Lo: 1024, Hi: 65535}, Proto: 17},
		{Src: prefix("2001:db8::/32"), SrcPort: table.AnyPort(), DstPort: table.PortRange{Lo: 53, Hi: 53}, Proto: 17, ProtoMask: 0xff, V6: true},
	}, rules)
}

func TestRuleErrorsSayWhereAndWhat(t *testing.T) {
	const good = "@10.0.0.0/8 0.0.0.0/0 0 : 65535 0 : 65535 0x06/0xFF 0x0000/0x0000\n"
	for bad, want := range map[string]string{
		"10.0.0.0/8 0.0.0.0/0 0 : 1 0 : 1 0/0":              `f:2:1: rule: expected '@', found "10.0.0.0/8 0.0.0.0/0 0 : 1 0 : 1 0/0"`,
		"@":                                                 "f:2:2: source: expected a prefix as 10.0.0.0/8 or 2001:db8::/32, found the end of the line",
		"@10.0.0.0":                                         `f:2:2: source "10.0.0.0": expected a prefix as 10.0.0.0/32 (the length is 0 to 32)`,
		"@10.0.0.0/33 0.0.0.0/0":                            `f:2:2: source "10.0.0.0/33": expected a prefix as 10.0.0.0/32 (the length is 0 to 32)`,
		"@10.0.0.300/8":                                     `f:2:2: source "10.0.0.300/8": expected a prefix as 10.0.0.0/8 or 2001:db8::/32`,
		"@fe80::1%eth0/64":                                  `f:2:2: source "fe80::1%"...: expected a prefix as 10.0.0.0/8 or 2001:db8::/32`,
		"@10.0.0.1/8":                                       `f:2:2: source "10.0.0.1/8": has bits below its length; did you mean 10.0.0.0/8?`,
		"@10.0.0.0/08":                                      `f:2:2: source: expected numbers without leading zeros, which some read as octal, got "10.0.0.0/08"; did you mean 10.0.0.0/8?`,
		"@010.0.0.0/8":                                      `f:2:2: source: expected numbers without leading zeros, which some read as octal, got "010.0.0.0/8"; did you mean 10.0.0.0/8?`,
		"@10.0.0.0/8 ::/0 0 : 1 0 : 1 0/0":                  "f:2:13: destination ::/0: the source 10.0.0.0/8 is of another family",
		"@10.0.0.0/8 0.0.0.0/0":                             "f:2:22: source ports: expected a number, found the end of the line",
		"@10.0.0.0/8 0.0.0.0/0 5 6":                         `f:2:25: source ports: expected ':', found "6"`,
		"@10.0.0.0/8 0.0.0.0/0 x : 6":                       `f:2:23: source ports "x": expected a number from 0 to 65535`,
		"@10.0.0.0/8 0.0.0.0/0 1 : 65536":                   `f:2:27: source ports "65536": the largest is 65535`,
		"@10.0.0.0/8 0.0.0.0/0 9 : 6":                       "f:2:23: source ports 9 : 6: the first is above the last; did you mean 6 : 9?",
		"@10.0.0.0/8 0.0.0.0/0 0 : 1 0 : -1":                `f:2:33: destination ports "-1": expected a number from 0 to 65535`,
		"@10.0.0.0/8 0.0.0.0/0 0 : 1 0 : 1":                 `f:2:34: protocol "": expected value/mask, as 0x06/0xFF`,
		"@10.0.0.0/8 0.0.0.0/0 0 : 1 0 : 1 6":               `f:2:35: protocol "6": expected value/mask, as 0x06/0xFF`,
		"@10.0.0.0/8 0.0.0.0/0 0 : 1 0 : 1 0x06/0x100":      `f:2:40: protocol mask "0x100": the largest is 255`,
		"@10.0.0.0/8 0.0.0.0/0 0 : 1 0 : 1 6/255 0x1ffff/0": `f:2:41: flags "0x1ffff": the largest is 65535`,
		"@10.0.0.0/8 0.0.0.0/0 0 : 1 0 : 1 6/255 0/0 7":     `f:2:45: expected the end of the line, found "7"`,
		"@10.0.0.0/8 0.0.0.0/0 0 : 1 0 : 1 6/255 0/0" + strings.Repeat("z", 99): `f:2:43: flags mask "0zzzzzzz"...: expected a number from 0 to 65535`,
	} {
		rules, err := ReadRules("f", strings.NewReader(good+bad+"\n"+good))
		assert.EqualError(t, err, want, bad)
		assert.Nil(t, rules)
		var syntax *SyntaxError
		assert.ErrorAs(t, err, &syntax)
	}
}

func TestOverlongLine(t *testing.T) {
	_, err := ReadRules("f", strings.NewReader("\n"+strings.Repeat("@", 2*maxLine)))
	assert.EqualError(t, err, "f:2:4096: a line of more than 4096 bytes")
}

func TestReadErrorsAreKept(t *testing.T) {
	_, err := ReadPrefixes("f", iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("10.0.0.0/8\n"))))
	assert.ErrorIs(t, err, iotest.ErrTimeout, "at once")
	_, err = ReadPrefixes("f", io.MultiReader(strings.NewReader("10.0.0.0/8\n11.0.0.0/8\n"), iotest.ErrReader(io.ErrClosedPipe)))
	assert.ErrorIs(t, err, io.ErrClosedPipe, "later")
	assert.ErrorContains(t, err, "f: after line 2")
	_, err = LoadRules(infile.Files{}, filepath.Join(t.TempDir(), "none"))
	assert.ErrorIs(t, err, os.ErrNotExist)
	_, err = LoadPrefixes(infile.Files{}, filepath.Join(t.TempDir(), "none"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func zip(t *testing.T, text string) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

func TestReadPrefixesPlainAndCompressed(t *testing.T) {
	const text = "10.0.0.0/8\n# comment\n\n2001:db8::/32 \n0.0.0.0/0"
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("0.0.0.0/0")}
	for _, input := range [][]byte{[]byte(text), zip(t, text)} {
		path := filepath.Join(t.TempDir(), "list")
		require.NoError(t, os.WriteFile(path, input, 0o600))
		got, err := LoadPrefixes(infile.Files{}, path)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	_, err := ReadPrefixes("f", bytes.NewReader(zip(t, text)[:20]))
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	_, err = ReadPrefixes("f", strings.NewReader("\x1f\x8bnot gzip"))
	assert.ErrorIs(t, err, gzip.ErrHeader)
	_, err = ReadPrefixes("f", strings.NewReader("10.0.0.0/8\n10.0.0.7\n"))
	assert.EqualError(t, err, `f:2:1: prefix "10.0.0.7": expected a prefix as 10.0.0.7/32 (the length is 0 to 32)`)
	none, err := ReadPrefixes("f", strings.NewReader(""))
	assert.NoError(t, err)
	assert.Empty(t, none)
}

func TestSharedFilesAreRead(t *testing.T) {
	for name, n := range map[string]int{"acl1_seed_1_1k": 959, "fw1_seed_1_1k": 812, "ipc1_seed_1_1k": 969, "fw1_seed_1_4k": 3839, "acl1_seed_1_8k": 7665} {
		rules, err := LoadRules(infile.Files{}, shareddata.Path(t, "data", "acl", name+".rules"))
		require.NoError(t, err)
		assert.Len(t, rules, n)
	}
	prefixes, err := LoadPrefixes(infile.Files{}, shareddata.Path(t, "data", "lpm", "bgp_prefixes_a.txt.gz"))
	require.NoError(t, err)
	assert.Len(t, prefixes, 531_023)
}

// TestRulesSurviveWritingAndReading checks that String and ReadRules agree.
func TestRulesSurviveWritingAndReading(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := table.Rule{V6: rapid.Bool().Draw(t, "v6"), Proto: rapid.Uint8().Draw(t, "p"), ProtoMask: rapid.Uint8().Draw(t, "pm"),
			Flags: rapid.Uint16().Draw(t, "f"), FlagsMask: rapid.Uint16().Draw(t, "fm")}
		for _, p := range []*table.Prefix{&rule.Src, &rule.Dst} {
			*p = drawPrefix(t, rule.V6)
		}
		for _, r := range []*table.PortRange{&rule.SrcPort, &rule.DstPort} {
			r.Hi = rapid.Uint16().Draw(t, "hi")
			r.Lo = rapid.Uint16Range(0, r.Hi).Draw(t, "lo")
		}
		again, err := ReadRules("f", strings.NewReader(rule.String()))
		require.NoError(t, err)
		require.Equal(t, []table.Rule{rule}, again)
	})
}

func drawPrefix(t *rapid.T, v6 bool) table.Prefix {
	a := netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "v4")))
	if v6 {
		a = netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "v6 address")))
	}
	return table.PrefixOf(netip.PrefixFrom(a, rapid.IntRange(0, a.BitLen()).Draw(t, "length")))
}

func FuzzReadRules(f *testing.F) {
	f.Add("@10.0.0.0/8 0.0.0.0/0 0 : 65535 80 : 80 0x06/0xFF 0x0000/0x0000\n")
	f.Add("@2001:db8::/32 ::/0 0 : 1 0:1 6/255")
	f.Add("# nothing\n\n@")
	f.Fuzz(func(t *testing.T, text string) {
		rules, err := ReadRules("f", strings.NewReader(text))
		if err != nil {
			checkPlace(t, text, err)
			return
		}
		var written strings.Builder
		for _, r := range rules {
			require.NoError(t, r.Validate())
			written.WriteString(r.String() + "\n")
		}
		again, err := ReadRules("f", strings.NewReader(written.String()))
		require.NoError(t, err)
		require.Equal(t, rules, again)
	})
}

// checkPlace checks that a syntax error points into the text.
func checkPlace(t *testing.T, text string, err error) {
	var syntax *SyntaxError
	require.True(t, errors.As(err, &syntax), "%v", err)
	lines := strings.Split(text, "\n")
	require.LessOrEqual(t, syntax.Line, len(lines))
	require.GreaterOrEqual(t, syntax.Col, 1)
	require.LessOrEqual(t, syntax.Col, len(lines[syntax.Line-1])+1)
}

func FuzzReadPrefixes(f *testing.F) {
	f.Add([]byte("10.0.0.0/8\n2001:db8::/32\n"))
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		prefixes, err := ReadPrefixes("f", bytes.NewReader(text))
		if err != nil {
			return
		}
		var written strings.Builder
		for _, p := range prefixes {
			require.Equal(t, p.Masked(), p)
			written.WriteString(p.String() + "\n")
		}
		again, err := ReadPrefixes("f", strings.NewReader(written.String()))
		require.NoError(t, err)
		require.Equal(t, prefixes, again)
	})
}

// A file that is no list of rules or prefixes may hold secrets: an error repeats a few characters.
func TestErrorsGuardSecrets(t *testing.T) {
	for _, text := range []string{"ghp_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789", "root:$6$saltsalt$hashhashhash:1", "0123456789abcdef0123456789abcdef",
		"-----BEGIN PRIVATE KEY-----", "password: hunter2hunter2"} {
		_, err := ReadRules("f", strings.NewReader(text))
		require.Error(t, err)
		assert.NotContains(t, err.Error(), text[:9])
		_, err = ReadPrefixes("f", strings.NewReader(text))
		require.Error(t, err)
		if len(strings.Fields(text)[0]) > 9 {
			assert.NotContains(t, err.Error(), text[:9])
		}
	}
}
