package tunnel

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/shareddata"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

func load(t *testing.T, into any, elem ...string) {
	t.Helper()
	data, err := os.ReadFile(shareddata.Path(t, elem...))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, into))
}

// Published ESP packets of AES-GCM, both ways: what we seal is the packet, and the packet opens to what is in it.
func TestPublishedESPPackets(t *testing.T) {
	var list []struct {
		Name, Cipher, Key, Salt, IV string
		SPI                         uint32
		Inner                       string `json:"inner_packet"`
		Outer                       string `json:"outer_packet"`
	}
	load(t, &list, "data", "crypto", "ipsec_packets_a.json")
	seen := 0
	for _, v := range list {
		if v.Cipher != "AES_GCM" {
			continue
		}
		seen++
		outer := unhex(t, v.Outer)
		sa, err := NewSA(Config{SPI: v.SPI, Key: unhex(t, v.Key), Salt: [4]byte(unhex(t, v.Salt))})
		require.NoError(t, err)
		seq := uint64(binary.BigEndian.Uint32(outer[24:]))
		iv := binary.BigEndian.Uint64(unhex(t, v.IV))
		assert.Equal(t, outer[20:], sa.seal(nil, unhex(t, v.Inner), nextIPv4, seq, iv), v.Name)
		packet, got, err := sa.Open(outer)
		require.NoError(t, err, v.Name)
		assert.Equal(t, seq, got)
		assert.Equal(t, unhex(t, v.Inner), packet, v.Name)
		_, _, err = sa.Open(outer)
		assert.ErrorIs(t, err, ErrReplay, v.Name)
	}
	assert.Equal(t, 2, seen, "AES-128 and AES-256")
}

// The cipher of an association gives the published results for 96-bit nonces and 128-bit tags, and refuses what is
// published as forged.
func TestPublishedGCM(t *testing.T) {
	var file struct {
		TestGroups []struct {
			IVSize, TagSize int
			Tests           []struct {
				TCID                               int
				Key, IV, AAD, Msg, CT, Tag, Result string
			}
		}
	}
	load(t, &file, "data", "crypto", "wycheproof_aes_gcm_test_odd.json")
	valid, forged := 0, 0
	for _, g := range file.TestGroups {
		if g.IVSize != 96 || g.TagSize != 128 {
			continue
		}
		for _, v := range g.Tests {
			iv := unhex(t, v.IV)
			sa, err := NewSA(Config{SPI: 256, Key: unhex(t, v.Key), Salt: [4]byte(iv[:4])})
			require.NoError(t, err)
			nonce := sa.nonce(iv[4:])
			sealed := append(unhex(t, v.CT), unhex(t, v.Tag)...)
			if v.Result == "valid" {
				valid++
				assert.Equal(t, sealed, sa.aead.Seal(nil, nonce[:], unhex(t, v.Msg), unhex(t, v.AAD)), "%d", v.TCID)
				continue
			}
			forged++
			_, err = sa.aead.Open(nil, nonce[:], sealed, unhex(t, v.AAD))
			assert.Error(t, err, "%d", v.TCID)
		}
	}
	assert.Greater(t, valid, 30)
	assert.Greater(t, forged, 10)
}

func TestPublishedVXLANHeader(t *testing.T) {
	var list []struct {
		Name, Bytes string
		VNI         uint32
	}
	load(t, &list, "data", "vectors", "encap_bytes.json")
	for _, v := range list {
		if v.VNI == 0 {
			continue
		}
		got, err := VXLAN{VNI: v.VNI}.Append(nil, nil, 0)
		require.NoError(t, err)
		binary.BigEndian.PutUint16(got[20:], 1024) // the port that the example was made with
		assert.Equal(t, unhex(t, v.Bytes), got[20:], v.Name)
		return
	}
	t.Fatal("no VXLAN example")
}

// Published Geneve packets: what we read of them, and ours is theirs from the Geneve header on. The option of the second
// says that 8 bytes follow its header, where the header of all has room for 4: RFC 8926 has it dropped.
func TestPublishedGeneve(t *testing.T) {
	var list []struct {
		Name, Layer, Bytes string
		Options            string `json:"options_hex"`
	}
	load(t, &list, "data", "vectors", "encap_bytes.json")
	seen := 0
	for _, v := range list {
		if v.Layer != "IPv4" {
			continue
		}
		seen++
		datagram := unhex(t, v.Bytes)
		g, options, frame, err := OpenGeneve(datagram)
		if v.Options != "" {
			require.ErrorContains(t, err, "runs past the header")
			datagram[39] = 1
			g, options, frame, err = OpenGeneve(datagram)
			v.Options = v.Options[:7] + "1" + v.Options[8:]
		}
		require.NoError(t, err, v.Name)
		assert.Zero(t, g.VNI)
		assert.Equal(t, unhex(t, v.Options), append([]byte{}, options...), v.Name)
		ours, err := g.Append(nil, options, frame, 0)
		require.NoError(t, err, v.Name)
		assert.Equal(t, datagram[28:], ours[28:], v.Name)
		assert.Len(t, ours, len(datagram), v.Name)
	}
	assert.Equal(t, 2, seen)
}

// Captured tunnels of others are read: their Geneve and ERSPAN packets are as many as tshark counts.
func TestCapturedTunnels(t *testing.T) {
	for _, v := range []struct {
		file string
		open func([]byte) error
		want int
	}{
		{"geneve-39.pcap", func(d []byte) error { _, _, _, err := OpenGeneve(d); return err }, 39},
		{"geneve-many-options.pcap", func(d []byte) error { _, _, _, err := OpenGeneve(d); return err }, 10},
		{"erspan-type-ii.pcap", func(d []byte) error { _, _, _, err := OpenERSPAN(d); return err }, 108},
		{"vxlan-icmp.pcap", func(d []byte) error { _, _, err := OpenVXLAN(d); return err }, 10},
	} {
		c, err := capture.Read(shareddata.Path(t, "data", "pcap", "tunnel", v.file))
		require.NoError(t, err)
		opened := 0
		for _, r := range c.Records {
			if err := v.open(r.Data[header.EthernetLen:]); err == nil {
				opened++
			} else {
				t.Log(v.file, err)
			}
		}
		assert.Equal(t, v.want, opened, v.file)
	}
}

// More published results of the cipher, of keys of 128, 192 and 256 bits, where the nonce is as long as ESP's.
func TestPublishedCAVP(t *testing.T) {
	var list []struct {
		Key, Nonce, Plaintext, AAD string
		Sealed                     string `json:"ciphertext_and_tag"`
	}
	load(t, &list, "data", "crypto", "gcm_cavp_derived_a.json")
	seen := map[int]int{}
	for i, v := range list {
		nonce := unhex(t, v.Nonce)
		if len(nonce) != SaltLen+ivLen {
			continue
		}
		sa, err := NewSA(Config{SPI: 256, Key: unhex(t, v.Key), Salt: [4]byte(nonce[:4])})
		require.NoError(t, err)
		got := sa.nonce(nonce[4:])
		assert.Equal(t, unhex(t, v.Sealed), sa.aead.Seal(nil, got[:], unhex(t, v.Plaintext), unhex(t, v.AAD)), "vector %d", i)
		seen[len(sa.Key)]++
	}
	assert.Positive(t, seen[16])
	assert.Positive(t, seen[32])
}

// The example with an extended sequence number of draft-mcgrew-gcm-test-01, section 4: the first. Its next header is 1.
func TestPublishedExtendedNumber(t *testing.T) {
	plain := unhex(t, "45000048699a000080114db7c0a80102c0a801010a9bf15638d30100000100000000000004"+
		"5f736970045f756470037369700963796265726369747902646b000021000101020201")
	want := unhex(t, "0000432100000000"+"4956ed7e3b244cfe"+
		"fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34cfa2436f14a3f3cf65925bf1f4a13c5d"+
		"15b21e1884f5ff6247aeabb786b93bce61bc17d768fd9732"+"459018148f6cbe722fd04796562dfdb4")
	config := Config{SPI: 0x4321, Key: unhex(t, "4c80cdefbb5d10da906ac73c3613a634"), Salt: [4]byte{0x2e, 0x44, 0x3b, 0x68}, ESN: true}
	sa, err := NewSA(config)
	require.NoError(t, err)
	const seq = 0x87654321_00000000
	packet, next := plain[:len(plain)-4], plain[len(plain)-1] // behind it 1, 2, their number, and the next header
	assert.Equal(t, want, sa.seal(nil, packet, next, seq, 0x4956ed7e3b244cfe))
	config.ESN = false
	short, err := NewSA(config)
	require.NoError(t, err)
	assert.NotEqual(t, want, short.seal(nil, packet, next, seq, 0x4956ed7e3b244cfe), "the upper half is in the ICV")
}
