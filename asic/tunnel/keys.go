package tunnel

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/internal/strict"
)

// Wireshark's names of AES-GCM with an ICV of 16 bytes, the newest first. source: its table "ESP SAs", the file esp_sa.
var gcmNames = []string{"AES-GCM with 16 octet ICV [RFC4106]", "AES-GCM [RFC4106]"}

// The columns of esp_sa: 8 up to Wireshark 4.0; later ones say how long sequence numbers are.
const (
	colProtocol = iota
	colSrc
	colDst
	colSPI
	colCipher
	colKey
	colAuth
	colAuthKey
	keyColumns
	colSequence = keyColumns
)

// FormatKey returns an association as a line of Wireshark's table esp_sa, in the 8 columns of Wireshark up to 4.0.
func FormatKey(c Config) string {
	return fmt.Sprintf(`"IPv4","%s","%s","0x%08x","%s","0x%x%x","NULL",""`+"\n",
		netip.AddrFrom4(c.Src), netip.AddrFrom4(c.Dst), c.SPI, gcmNames[0], c.Key, c.Salt)
}

// maxKeys bounds the text of a table. Assumed: 100,000 associations of 160 bytes.
const maxKeys = 16 << 20

// ReadKeys reads Wireshark's table esp_sa: a line for each association, empty lines and lines with # left out. name
// stands for the file in errors, which are strict.Errors with line and column of all that is wrong.
func ReadKeys(name string, r io.Reader) ([]Config, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxKeys+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > maxKeys:
		return nil, strict.Errors{{File: name, Msg: fmt.Sprintf("more than %d MiB of keys", maxKeys>>20)}}
	}
	in := csv.NewReader(bytes.NewReader(text))
	in.Comment, in.FieldsPerRecord, in.TrimLeadingSpace, in.ReuseRecord = '#', -1, true, true
	var list []Config
	var faults strict.Errors
	const enough = 20 // faults
	for len(faults) < enough {
		fields, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, append(faults, syntaxFault(name, err))
		}
		c, at, err := keyOf(fields)
		if err != nil {
			line, col := in.FieldPos(min(at, len(fields)-1))
			faults = append(faults, strict.Error{File: name, Line: line, Col: col, Msg: err.Error()})
			continue
		}
		list = append(list, c)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	if len(list) == 0 {
		return nil, strict.Errors{{File: name, Msg: "holds no keys; expected lines of Wireshark's esp_sa"}}
	}
	return list, nil
}

func syntaxFault(name string, err error) strict.Error {
	var syntax *csv.ParseError
	if errors.As(err, &syntax) {
		return strict.Error{File: name, Line: syntax.Line, Col: syntax.Column, Msg: syntax.Err.Error()}
	}
	return strict.Error{File: name, Msg: err.Error()}
}

// keyOf reads one line. With an error it says in which column.
func keyOf(fields []string) (c Config, at int, err error) {
	if len(fields) < keyColumns {
		return c, 0, fmt.Errorf("expected the %d columns of Wireshark's esp_sa, got %d", keyColumns, len(fields))
	}
	if fields[colProtocol] != "IPv4" {
		return c, colProtocol, fmt.Errorf("expected IPv4, as the tunnels here are, got %.40q", fields[colProtocol])
	}
	for _, end := range []struct {
		at int
		to *[4]byte
	}{{colSrc, &c.Src}, {colDst, &c.Dst}} {
		a, err := netip.ParseAddr(fields[end.at])
		if err != nil || !a.Is4() {
			return c, end.at, fmt.Errorf("expected an IPv4 address, got %.40q", fields[end.at])
		}
		*end.to = a.As4()
	}
	spi, err := strconv.ParseUint(fields[colSPI], 0, 32)
	if err != nil || spi < minSPI {
		return c, colSPI, fmt.Errorf("expected an SPI of at least %d, such as 0x00001000, got %q", minSPI, fields[colSPI])
	}
	c.SPI = uint32(spi)
	if !slices.Contains(gcmNames, fields[colCipher]) {
		return c, colCipher, fmt.Errorf("expected %q, got %q", gcmNames[0], fields[colCipher])
	}
	text, prefixed := strings.CutPrefix(fields[colKey], "0x")
	key, err := hex.DecodeString(text)
	if n := len(key) - SaltLen; err != nil || !prefixed || n != 16 && n != 24 && n != 32 {
		return c, colKey, fmt.Errorf("expected 0x and the hexadecimal digits of a key of 16, 24 or 32 bytes and a salt of %d", SaltLen)
	}
	c.Key, c.Salt = key[:len(key)-SaltLen], [SaltLen]byte(key[len(key)-SaltLen:])
	if fields[colAuth] != "NULL" {
		return c, colAuth, fmt.Errorf("expected NULL, since AES-GCM authenticates too, got %.40q", fields[colAuth])
	}
	c.ESN = len(fields) > colSequence && strings.HasPrefix(fields[colSequence], "64")
	return c, 0, nil
}
