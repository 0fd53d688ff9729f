package keystore

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func key(n int, fill byte) []byte { return bytes.Repeat([]byte{fill}, n) }

// installed returns a store with one key.
func installed(t require.TestingT, home Home) (*Store, Handle) {
	s := New(home, 8)
	h, err := s.Install(NetworkManagement, key(32, 7))
	require.NoError(t, err)
	return s, h
}

// try does an operation and returns its error.
func try(s *Store, by Requester, op Operation, h Handle) error {
	var err error
	switch op {
	case Install:
		_, err = s.Install(by, key(16, 1))
	case Replace:
		err = s.Replace(by, h, key(16, 2))
	case Delete:
		err = s.Delete(by, h)
	case Use:
		_, err = s.Use(by, h)
	case Read:
		_, err = s.Read(by, h)
	}
	return err
}

// The whole matrix, written out a second time and as a reader would say it.
func TestWhoMayDoWhat(t *testing.T) {
	want := map[string]string{
		"chip managed over the network: install": "network management",
		"chip managed over the network: replace": "network management",
		"chip managed over the network: delete":  "network management",
		"chip managed over the network: use":     "crypto core",
		"chip managed over the network: read":    "",
		"chip managed by the host: install":      "host network management",
		"chip managed by the host: replace":      "host network management",
		"chip managed by the host: delete":       "host network management",
		"chip managed by the host: use":          "crypto core",
		"chip managed by the host: read":         "",
		"host memory: install":                   "host network management",
		"host memory: replace":                   "host network management",
		"host memory: delete":                    "host network management",
		"host memory: use":                       "host crypto core",
		"host memory: read":                      "host crypto core",
	}
	seen := 0
	for home := range homes {
		for op := range operations {
			got := ""
			for by := range requesters {
				s, h := installed(t, home)
				err := try(s, by, op, h)
				if err == nil {
					if got != "" {
						got += " "
					}
					got += by.String()
					assert.Zero(t, s.Refusals(by, op))
					continue
				}
				assert.Equal(t, Denied{home, by, op}, err)
				assert.EqualValues(t, 1, s.Refusals(by, op))
			}
			w, known := want[fmt.Sprintf("%v: %v", home, op)]
			assert.True(t, known)
			assert.Equal(t, w, got, "%v: %v", home, op)
			seen++
		}
	}
	assert.Len(t, want, seen)
}

// No requester, not even one that does not exist, gets a key out of a chip; only denials are left behind.
func TestNothingReadsAKeyOfAChip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, h := installed(t, rapid.SampledFrom([]Home{ChipManagedByHost, ChipManagedByNetwork}).Draw(t, "home"))
		by := Requester(rapid.Byte().Draw(t, "by"))
		h.slot += rapid.Uint32Range(0, 3).Draw(t, "slot")
		got, err := s.Read(by, h)
		require.Nil(t, got)
		require.Equal(t, Denied{s.Home(), by, Read}, err, "before it says whether there is such a key")
	})
}

// In host-mode management the host replaces a key that it can neither read nor use: what it puts in it knows.
func TestTheHostReplacesWhatItCannotRead(t *testing.T) {
	s, h := installed(t, ChipManagedByHost)
	before, err := s.Use(CryptoCore, h)
	require.NoError(t, err)
	sealed := before.Seal(nil, make([]byte, 12), []byte("packet"), nil)
	require.NoError(t, s.Replace(Host, h, key(32, 9)))
	after, err := s.Use(CryptoCore, h)
	require.NoError(t, err)
	_, err = after.Open(nil, make([]byte, 12), sealed, nil)
	assert.Error(t, err, "the key is another")
	_, err = s.Read(Host, h)
	assert.ErrorAs(t, err, new(Denied))
}

func TestSoftwareKeysAreReadable(t *testing.T) {
	s, h := installed(t, HostMemory)
	got, err := s.Read(Host, h)
	require.NoError(t, err)
	assert.Equal(t, key(32, 7), got)
	got[0] = 99
	again, err := s.Read(Host, h)
	require.NoError(t, err)
	assert.Equal(t, key(32, 7), again, "what was read is a copy")
}

// AES-128-GCM with a zero key and nonce over 16 zero bytes. source: test case 2 of the GCM specification (McGrew, Viega).
func TestUseCiphers(t *testing.T) {
	s := New(ChipManagedByNetwork, 1)
	h, err := s.Install(NetworkManagement, make([]byte, 16))
	require.NoError(t, err)
	c, err := s.Use(CryptoCore, h)
	require.NoError(t, err)
	assert.Equal(t, "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf",
		fmt.Sprintf("%x", c.Seal(nil, make([]byte, 12), make([]byte, 16), nil)))
}

func TestStoreIsFiniteAndChecksLengths(t *testing.T) {
	s := New(ChipManagedByNetwork, 2)
	for _, n := range []int{0, 1, 15, 17, 33, 64} {
		_, err := s.Install(NetworkManagement, make([]byte, n))
		assert.ErrorContains(t, err, "AES takes 16, 24 or 32")
	}
	h, err := s.Install(NetworkManagement, key(24, 1))
	require.NoError(t, err)
	assert.ErrorContains(t, s.Replace(NetworkManagement, h, key(5, 1)), "of 5 bytes")
	_, err = s.Use(CryptoCore, h)
	require.NoError(t, err, "the old key is left")
	_, err = s.Install(NetworkManagement, key(16, 1))
	require.NoError(t, err)
	_, err = s.Install(NetworkManagement, key(16, 1))
	assert.Equal(t, ErrFull, err)
}

// Handles name their own key, whatever is deleted and installed: against a map.
func TestHandlesAreNotUsedAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := New(HostMemory, 5)
		keys := map[Handle][]byte{}
		var all []Handle
		for i := range rapid.IntRange(1, 60).Draw(t, "steps") {
			if len(all) == 0 || rapid.Bool().Draw(t, "install") {
				k := key(16, byte(i))
				h, err := s.Install(Host, k)
				if len(keys) == 5 {
					require.Equal(t, ErrFull, err)
					continue
				}
				require.NoError(t, err)
				require.NotContains(t, all, h)
				keys[h], all = k, append(all, h)
				continue
			}
			h := rapid.SampledFrom(all).Draw(t, "handle")
			got, err := s.Read(Host, h)
			if k, there := keys[h]; there {
				require.Equal(t, k, got)
				require.NoError(t, s.Delete(Host, h))
				delete(keys, h)
			} else {
				require.Equal(t, ErrNoKey, err)
				require.Equal(t, ErrNoKey, s.Delete(Host, h))
			}
			require.Equal(t, len(keys), s.Len())
		}
		_, err := s.Read(Host, Handle{})
		require.Equal(t, ErrNoKey, err)
	})
}

func TestErrorsName(t *testing.T) {
	assert.EqualError(t, Denied{ChipManagedByNetwork, Host, Read},
		"key store: host may not read a key: the keys are in a chip managed over the network")
	assert.Equal(t, "Requester(9) Operation(9) Home(9)", fmt.Sprint(Requester(9), Operation(9), Home(9)))
}
