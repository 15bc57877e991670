// Verifies a mirror of an Assent log with the Go project's own code for transparency logs (golang.org/x/mod/sumdb), which shares
// nothing with ours: the signed checkpoint, every tile, every entry, proofs of inclusion and of consistency.
//
//	verify FOLDER
//
// The folder holds `key` (the log's public key), the log's files as it serves them (`checkpoint`, `tile/...`) and `proofs.json`.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type recordProof struct {
	Index int64            `json:"index"`
	Leaf  []byte           `json:"leaf"`
	Proof tlog.RecordProof `json:"proof"`
}

type treeProof struct {
	Old     int64          `json:"old"`
	OldRoot tlog.Hash      `json:"old_root"`
	Proof   tlog.TreeProof `json:"proof"`
}

type proofs struct {
	Records []recordProof `json:"records"`
	Trees   []treeProof   `json:"trees"`
}

// Tiles reads tiles where the log's files lie: the layout of C2SP tlog-tiles has no height in its paths.
type tiles struct{ folder string }

func (tiles) Height() int                     { return 8 }
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var read [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(t.folder, filepath.FromSlash(path)))
		if err != nil {
			return nil, fmt.Errorf("a tile is missing: %s", path)
		}
		read = append(read, data)
	}
	return read, nil
}

func verify(folder string) (string, error) {
	file := func(name string) (string, error) {
		data, err := os.ReadFile(filepath.Join(folder, name))
		return string(data), err
	}
	key, err := file("key")
	if err != nil {
		return "", err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(key))
	if err != nil {
		return "", fmt.Errorf("the key: %v", err)
	}
	signed, err := file("checkpoint")
	if err != nil {
		return "", err
	}
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	if err != nil {
		return "", fmt.Errorf("the checkpoint: %v", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return "", fmt.Errorf("the checkpoint is not of the log %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return "", err
	}
	rootBytes, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(rootBytes) != tlog.HashSize {
		return "", fmt.Errorf("the checkpoint has no root")
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], rootBytes)

	// Reading the hashes of all leaves checks every tile against the signed root.
	reader := tlog.TileHashReader(tree, tiles{folder})
	places := make([]int64, size)
	for index := range places {
		places[index] = tlog.StoredHashIndex(0, int64(index))
	}
	hashes, err := reader.ReadHashes(places)
	if err != nil {
		return "", fmt.Errorf("the tiles: %v", err)
	}

	entries, err := bundles(folder, size)
	if err != nil {
		return "", err
	}
	for index, entry := range entries {
		if tlog.RecordHash(entry) != hashes[index] {
			return "", fmt.Errorf("entry %d is not the one in the tree", index)
		}
	}

	var given proofs
	text, err := file("proofs.json")
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal([]byte(text), &given); err != nil {
		return "", err
	}
	for _, one := range given.Records {
		if err := tlog.CheckRecord(one.Proof, tree.N, tree.Hash, one.Index, tlog.RecordHash(one.Leaf)); err != nil {
			return "", fmt.Errorf("the proof of entry %d: %v", one.Index, err)
		}
	}
	for _, one := range given.Trees {
		if err := tlog.CheckTree(one.Proof, tree.N, tree.Hash, one.Old, one.OldRoot); err != nil {
			return "", fmt.Errorf("the proof from size %d: %v", one.Old, err)
		}
	}
	return fmt.Sprintf("%d entries, %d proofs of inclusion, %d of consistency", len(entries), len(given.Records), len(given.Trees)), nil
}

// Bundles reads the entries: each led by its length in two bytes, 256 in a file.
func bundles(folder string, size int64) ([][]byte, error) {
	var entries [][]byte
	for number := int64(0); number*256 < size; number++ {
		width := int64(256)
		if size-number*256 < width {
			width = size - number*256
		}
		tile := tlog.Tile{H: 8, L: 0, N: number, W: int(width)}
		path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(path)))
		if err != nil {
			return nil, fmt.Errorf("entries are missing: %s", path)
		}
		for count := int64(0); count < width; count++ {
			if len(data) < 2 {
				return nil, fmt.Errorf("%s is cut short", path)
			}
			length := int(binary.BigEndian.Uint16(data))
			if len(data) < 2+length {
				return nil, fmt.Errorf("%s is cut short", path)
			}
			entries = append(entries, data[2:2+length])
			data = data[2+length:]
		}
		if len(data) != 0 {
			return nil, fmt.Errorf("%s holds more than its entries", path)
		}
	}
	return entries, nil
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: verify FOLDER")
		os.Exit(64)
	}
	said, err := verify(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(65)
	}
	fmt.Println(said)
}
