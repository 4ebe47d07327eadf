"""``VERIFY.md``: how to check a bundle without Lastword, with openssl and with Go. It is the same in every bundle."""

from __future__ import annotations

from typing import Final

_HEAD: Final = """\
# How to check this bundle

Somebody handed you this archive as evidence of what a record says. You need not believe them, nor this page: what you need
is the **policy** of whoever you trust, got on another way than this archive: a text with a line `log NAME+HASH+KEY` and
lines for the witnesses, who are others that watch the record. The file `policy` in here is a copy for information only.

With Lastword: `lastword verify BUNDLE --policy POLICY`. It checks all that is said below and more: that the keys are the
ones in force, that no entry of a stream is missing, personal signatures, and the quorum of witnesses. It ends with 0 if all
is verified, 1 if something is wrong, 2 if something cannot be told.

What each file is:

| file | what it is |
| --- | --- |
| `manifest.json` | what the bundle is about, and the SHA-256 of each file in it |
| `checkpoint` | the head of the record: name, number of entries, hash over all of them; signed by the log, and by witnesses |
| `entries/N.jws` | entry number N: signed, with nothing but digests in it |
| `disclosures/N.txt` | what you may read of entry N: each line is one field, opened |
| `proofs/N.tlog-proof` | the proof that entry N stands at place N under the checkpoint |
| `consistency` | the proof that an older checkpoint of yours is the beginning of this record |
| `keys.json` | the keys and the entries they are for; proved by entry 0 and by the entries of kind `log.key_changed` |
| `stream-index.json` | what the record itself says of how many entries a stream has |
| `statements/N.json` | the signature of a person, by their own key, below entry N |
| `rules/DIGEST` | a set of rules that was in force; DIGEST is its SHA-256 |
| `schemas/KIND.json` | what the fields of a kind of entry mean |

What it can not show: that everything that happened was recorded; what stands in fields that were not opened; and, without
a witness, that others were shown the same record. Proofs for single entries never show that no entry was left out.

Unpack it first: `unzip BUNDLE -d bundle && cd bundle`.

## With openssl

The log signed the checkpoint. `KEY` is the word after `log` in **your** policy:

```sh
# checkpoint: set KEY first
{ printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'
  printf %s "${KEY#*+*+}" | base64 -d | tail -c 32; } > /tmp/log.der
sed '/^$/,$d' checkpoint > /tmp/head.txt
grep -F -- "— ${KEY%%+*} " checkpoint | head -n 1 | cut -d' ' -f3 | base64 -d | tail -c 64 > /tmp/head.sig
openssl pkeyutl -verify -pubin -keyform DER -inkey /tmp/log.der -rawin -in /tmp/head.txt -sigfile /tmp/head.sig
```

`Signature Verified Successfully` means that the log with this key signed this head. After a change of keys there are two lines
in its name; take the other one if the first does not fit.

The entries are signed by the key of `keys.json` whose range holds their number. `PUBLIC` is its `public`, `N` the number:

```sh
# entry: set PUBLIC and N first
plain() { x=$(tr -d '\\n' | tr '_-' '/+'); while [ $(( ${#x} % 4 )) -ne 0 ]; do x="$x="; done; printf %s "$x" | base64 -d; }
{ printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'
  printf %s "$PUBLIC" | base64 -d; } > /tmp/entry.der
cut -d. -f1,2 "entries/$N.jws" | tr -d '\\n' > /tmp/entry.txt
cut -d. -f3 "entries/$N.jws" | plain > /tmp/entry.sig
openssl pkeyutl -verify -pubin -keyform DER -inkey /tmp/entry.der -rawin -in /tmp/entry.txt -sigfile /tmp/entry.sig
```

Each line of a disclosure must have its digest among those in the signed entry; this says `in the entry` for each, and
shows what it says:

```sh
# disclosures: set N first
plain() { x=$(tr -d '\\n' | tr '_-' '/+'); while [ $(( ${#x} % 4 )) -ne 0 ]; do x="$x="; done; printf %s "$x" | base64 -d; }
while IFS= read -r line; do
  digest=$(printf %s "$line" | openssl dgst -sha256 -binary | base64 | tr '/+' '_-' | tr -d '=')
  cut -d. -f2 "entries/$N.jws" | plain | grep -qF "\\"$digest\\"" || printf 'NOT '
  printf 'in the entry: '
  printf %s "$line" | plain
  echo
done < "disclosures/$N.txt"
```

## With Go

The program below checks the checkpoint, the place of every entry, the signature of every entry by the keys in `keys.json`, every
disclosure, and `consistency` if you give the checkpoint that you hold. The tree and the notes are checked by the code that Go
itself uses for its public log of modules (`golang.org/x/mod/sumdb`), which is not ours.

On Debian: `apt install golang-go golang-golang-x-mod-dev`, save it as `check.go`, then

```sh
GO111MODULE=off GOPATH=/usr/share/gocode go build -o check check.go
./check "$KEY" . [OLD-CHECKPOINT]
```

"""
GO: Final = """\
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Println("REFUSED:", err)
		os.Exit(1)
	}
}

func demand(ok bool, what string) {
	if !ok {
		must(fmt.Errorf("%s", what))
	}
}

func file(path string) []byte { data, err := os.ReadFile(path); must(err); return data }

func hash(line string) (h tlog.Hash) {
	raw, err := base64.StdEncoding.Strict().DecodeString(line)
	must(err)
	demand(len(raw) == 32, "a hash has 32 bytes")
	copy(h[:], raw)
	return h
}

// head returns size and root of a checkpoint that the log signed.
func head(v note.Verifier, raw []byte) (int64, tlog.Hash) {
	n, err := note.Open(raw, note.VerifierList(v))
	must(err)
	lines := strings.Split(n.Text, "\\n")
	demand(len(lines) == 4 && lines[0] == v.Name(), "the checkpoint is not of this log")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	return size, hash(lines[2])
}

// below returns the hashes of a proof: the lines after the first ones, up to the empty one.
func below(text string, first int) (hashes []tlog.Hash) {
	for _, line := range strings.Split(text, "\\n")[first:] {
		if line == "" {
			break
		}
		hashes = append(hashes, hash(line))
	}
	return hashes
}

func main() {
	demand(len(os.Args) > 2, "usage: check KEY FOLDER [OLD-CHECKPOINT]")
	v, err := note.NewVerifier(os.Args[1])
	must(err)
	dir := os.Args[2]
	checkpoint := file(filepath.Join(dir, "checkpoint"))
	size, root := head(v, checkpoint)
	var keys struct {
		Entry []struct {
			From   int64  `json:"from"`
			To     *int64 `json:"to"`
			Public []byte `json:"public"`
		} `json:"entry"`
	}
	must(json.Unmarshal(file(filepath.Join(dir, "keys.json")), &keys))
	paths, err := filepath.Glob(filepath.Join(dir, "entries", "*.jws"))
	must(err)
	sort.Strings(paths)
	opened := 0
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".jws")
		index, err := strconv.ParseInt(name, 10, 64)
		must(err)
		entry := file(path)
		proof := string(file(filepath.Join(dir, "proofs", name+".tlog-proof")))
		demand(strings.HasPrefix(proof, "c2sp.org/tlog-proof@v1\\nindex "+name+"\\n"), "a proof for another entry: "+name)
		demand(strings.HasSuffix(proof, "\\n\\n"+string(checkpoint)), "a proof under another checkpoint: "+name)
		must(tlog.CheckRecord(below(proof, 2), size, root, index, tlog.RecordHash(entry)))
		parts := bytes.Split(entry, []byte("."))
		demand(len(parts) == 3, "no signed entry: "+name)
		signature, err := base64.RawURLEncoding.DecodeString(string(parts[2]))
		must(err)
		signed := false
		for _, key := range keys.Entry {
			if key.From <= index && (key.To == nil || index < *key.To) && len(key.Public) == ed25519.PublicKeySize {
				signed = signed || ed25519.Verify(key.Public, entry[:len(parts[0])+1+len(parts[1])], signature)
			}
		}
		demand(signed, "not signed by the key for it: "+name)
		payload, err := base64.RawURLEncoding.DecodeString(string(parts[1]))
		must(err)
		var claims struct {
			Issuer  string   `json:"iss"`
			Digests []string `json:"_sd"`
		}
		must(json.Unmarshal(payload, &claims))
		demand(claims.Issuer == v.Name(), "an entry of another log: "+name)
		text, err := os.ReadFile(filepath.Join(dir, "disclosures", name+".txt"))
		if os.IsNotExist(err) {
			continue // nothing of this entry was opened
		}
		must(err)
		for _, line := range strings.Fields(string(text)) {
			sum := sha256.Sum256([]byte(line))
			found := false
			for _, digest := range claims.Digests {
				found = found || digest == base64.RawURLEncoding.EncodeToString(sum[:])
			}
			demand(found, "a disclosure that is not of entry "+name)
			opened++
		}
	}
	if len(os.Args) > 3 {
		old, before := head(v, file(os.Args[3]))
		text := string(file(filepath.Join(dir, "consistency")))
		demand(strings.HasPrefix(text, fmt.Sprintf("old %d\\n", old)), "consistency is with another size than yours")
		must(tlog.CheckTree(below(text, 1), size, root, old, before))
	}
	fmt.Printf("verified: %d entries, %d opened fields, under a head of %d entries\\n", len(paths), opened, size)
}
"""
INSTRUCTIONS: Final = f"{_HEAD}```go\n{GO}```\n"
