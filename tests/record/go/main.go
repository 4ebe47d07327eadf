// Program oracle judges notes and proofs with the code of Go's checksum database, which shares nothing with ours.
//
// Each line of the input is a question: its kind and its values, parted by spaces, bytes in base64 (- for none).
// Each line of the output is the answer: yes or no.
package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func raw(word string) []byte {
	if word == "-" {
		return nil
	}
	found, err := base64.StdEncoding.DecodeString(word)
	if err != nil {
		panic(err)
	}
	return found
}

func hash(word string) (found tlog.Hash) {
	if copy(found[:], raw(word)) != tlog.HashSize {
		panic("no hash: " + word)
	}
	return found
}

func hashes(words []string) (found []tlog.Hash) {
	for _, word := range words {
		found = append(found, hash(word))
	}
	return found
}

func number(word string) int64 {
	found, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		panic(err)
	}
	return found
}

func judge(words []string) error {
	switch words[0] {
	case "note": // note, key
		verifier, err := note.NewVerifier(string(raw(words[2])))
		if err != nil {
			return err
		}
		_, err = note.Open(raw(words[1]), note.VerifierList(verifier))
		return err
	case "inclusion": // entry, index, size, root, hashes
		leaf := tlog.RecordHash(raw(words[1]))
		return tlog.CheckRecord(hashes(words[5:]), number(words[3]), hash(words[4]), number(words[2]), leaf)
	case "consistency": // old size, new size, old root, new root, hashes
		return tlog.CheckTree(hashes(words[5:]), number(words[2]), hash(words[4]), number(words[1]), hash(words[3]))
	}
	panic("no question: " + words[0])
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if judge(strings.Split(lines.Text(), " ")) == nil {
			fmt.Println("yes")
		} else {
			fmt.Println("no")
		}
	}
	if lines.Err() != nil {
		panic(lines.Err())
	}
}
