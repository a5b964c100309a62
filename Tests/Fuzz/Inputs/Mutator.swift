// Mutations of a corpus, the same from the same seed, where no fuzzer guides them.

/// Makes new inputs out of old ones.
public struct Mutator {
  private var state: UInt64
  private let corpus: [[UInt8]]

  /// Numbers that readers trip over.
  private static let edges: [UInt64] = [
    0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 62, 1 << 63,
    0x7fff_ffff_ffff_ffff, .max,
  ]

  /// - Parameter seed: where it begins.
  public init(seed: UInt64, corpus: [[UInt8]]) {
    state = seed
    self.corpus = corpus.isEmpty ? [[]] : corpus
  }

  private mutating func random() -> UInt64 {
    // SplitMix64, https://prng.di.unimi.it/splitmix64.c
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  private mutating func below(_ bound: Int) -> Int { bound <= 0 ? 0 : Int(random() % UInt64(bound)) }

  /// The next input: one of the corpus with one to eight changes.
  public mutating func next() -> [UInt8] {
    var bytes = corpus[below(corpus.count)]
    for _ in 0...below(8) { change(&bytes) }
    return bytes
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    let place = below(bytes.count + 1)
    let rest = bytes.count - place
    switch below(7) {
    case 0 where rest > 0: bytes[place] ^= 1 << UInt8(below(8))
    case 1 where rest > 0: bytes[place] = UInt8(below(256))
    case 2: bytes.insert(contentsOf: (0...below(16)).map { _ in UInt8(below(256)) }, at: place)
    case 3: bytes.removeSubrange(place..<place + below(rest + 1))
    case 4 where rest > 0:
      bytes.insert(contentsOf: bytes[place..<place + below(min(rest, 64) + 1)], at: below(bytes.count))
    case 5:
      let width = [1, 2, 4, 8][below(4)]
      let edge = Self.edges[below(Self.edges.count)]
      for byte in 0..<min(width, rest) { bytes[place + byte] = UInt8(truncatingIfNeeded: edge >> UInt64(byte * 8)) }
    default:
      let other = corpus[below(corpus.count)]
      let start = below(other.count)
      bytes.replaceSubrange(place..., with: other[min(start, other.count)...])
    }
  }
}
