// The one spelling of a token stream that digests are made of. Streams that mean the same give the same bytes; each
// token carries its kind and length, so different streams never do.
//
// The bytes: a symbol of one character is itself (below 0x80). A longer symbol is 0x80 + its length, then its
// characters. A word of up to 63 bytes is 0xC0 + its length, then the word in lower case. Everything else is a tag of
// the list below, a length (7 bits a byte, the high bit says that more follow), and its content. A change here
// changes every stored digest.

/// Collects the canonical bytes of tokens.
struct CanonicalTokens {
  /// What was collected.
  private(set) var bytes: [UInt8] = []

  /// The tags of tokens that do not say themselves what they are.
  enum Tag: UInt8 {
    case longWord = 0x90
    case quotedKeyword, string, blob, number, variable, illegal, verbatim, mark
  }

  /// Appends a bare word, or an identifier as if it were bare.
  mutating func appendWord(_ text: ArraySlice<UInt8>) {
    appendWordHead(text.count)
    for byte in text { bytes.append(folded(byte)) }
  }

  /// Appends a name that stands alone, such as a table's.
  mutating func appendName(_ name: String) { appendWord(ArraySlice(name.utf8)) }

  /// Appends a string's content.
  mutating func appendString(_ content: ArraySlice<UInt8>) { append(.string, content) }

  /// Appends a number that is no token: a count, or the mark between two parts.
  mutating func appendMark(_ number: Int) { appendHead(.mark, number) }

  /// Appends bytes whose spelling is all that is known of them.
  mutating func appendVerbatim(_ text: ArraySlice<UInt8>) { append(.verbatim, text) }

  /// Appends canonical bytes that were collected apart.
  mutating func append(canonical other: ArraySlice<UInt8>) {
    bytes.append(contentsOf: other)
  }

  private mutating func appendHead(_ tag: Tag, _ length: Int) {
    bytes.append(tag.rawValue)
    var rest = UInt(length)
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Appends one token of `source`. `joins` tells that a word such as LEFT may be grammar where it stands.
  mutating func append(_ token: Token, of source: [UInt8], joins: Bool) {
    switch token.kind {
    case .word:
      appendWordHead(token.range.count)
      // Byte by byte: words are short, and a slice per word costs more than its bytes.
      for index in token.range { bytes.append(folded(source[index])) }
    case .symbol:
      if token.range.count > 1 { bytes.append(0x80 | UInt8(token.range.count)) }
      for index in token.range { bytes.append(source[index]) }
    case .quoted: appendIdentifier(unquoted(source[token.range]), joins: joins)
    case .string: appendString(unquoted(source[token.range]))
    case .blob:
      appendHead(.blob, token.range.count)
      for index in token.range { bytes.append(folded(source[index])) }
    case .number: append(.number, source[token.range])
    case .variable: append(.variable, source[token.range])
    case .illegal: append(.illegal, source[token.range])
    case .comment: break
    }
  }

  private mutating func append(_ tag: Tag, _ content: ArraySlice<UInt8>) {
    appendHead(tag, content.count)
    bytes.append(contentsOf: content)
  }

  private mutating func appendWordHead(_ length: Int) {
    if length < 64 { bytes.append(0xC0 | UInt8(length)) } else { appendHead(.longWord, length) }
  }

  /// Appends the content of a quoted identifier: like a bare word, unless the bare word would mean something else.
  mutating func appendIdentifier(_ content: ArraySlice<UInt8>, joins: Bool) {
    let word = content.map(folded)
    if Keywords.reserved.contains(word) || (joins && Keywords.joins.contains(word)) {
      append(.quotedKeyword, word[...])
    } else {
      appendWord(content)
    }
  }

  /// Appends a token that stands right behind a bare DEFAULT: a word there, quoted or not, is a string to SQLite.
  mutating func appendDefault(_ token: Token, of source: [UInt8]) {
    let text = source[token.range]
    if token.kind == .quoted {
      appendString(unquoted(text))
    } else if token.kind == .word, !Keywords.literals.contains(text.map(folded)) {
      appendString(text)
    } else {
      append(token, of: source, joins: false)
    }
  }

  /// Appends a script of any number of statements. Semicolons at its end, and doubled ones, do not count.
  mutating func appendScript(_ text: String) {
    let tokenizer = Tokenizer(text)
    let source = tokenizer.bytes
    bytes.reserveCapacity(bytes.count + source.count + source.count / 4)
    var afterDefault = false
    var pendingSemicolon = false
    var opening = Opening.start
    for token in tokenizer {
      if token.kind == .symbol, source[token.range.lowerBound] == UInt8(ascii: ";") {
        pendingSemicolon = !bytes.isEmpty
        opening = .start
        afterDefault = false
        continue
      }
      if pendingSemicolon {
        bytes.append(UInt8(ascii: ";"))
        pendingSemicolon = false
      }
      if opening == .module, token.kind == .quoted || token.kind == .string {
        // A module reads its arguments as it likes: what stands in quotes there is kept to the letter.
        appendVerbatim(source[token.range])
      } else if afterDefault {
        appendDefault(token, of: source)
      } else {
        append(token, of: source, joins: true)
      }
      afterDefault = isWord(token, "default", in: source)
      opening.pass(token, source)
    }
  }
}

/// How far a statement is into `CREATE VIRTUAL TABLE name USING`.
private enum Opening {
  case start, create, virtual, module, another

  mutating func pass(_ token: Token, _ source: [UInt8]) {
    switch self {
    case .start: self = isWord(token, "create", in: source) ? .create : .another
    case .create: self = isWord(token, "virtual", in: source) ? .virtual : .another
    case .virtual: if isWord(token, "using", in: source) { self = .module }
    case .module, .another: break
    }
  }
}

/// Whether a token is the bare word `word`, which is given in lower case.
@inline(__always)
func isWord(_ token: Token, _ word: StaticString, in source: [UInt8]) -> Bool {
  guard token.kind == .word, token.range.count == word.utf8CodeUnitCount else { return false }
  return word.withUTF8Buffer { letters in
    var index = token.range.lowerBound
    for letter in letters {
      if folded(source[index]) != letter { return false }
      index += 1
    }
    return true
  }
}

/// The content of a token in quotes or brackets, doubled quotes made one.
func unquoted(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
  guard let quote = text.first, text.count >= 2 else { return text }
  let inner = text.dropFirst().dropLast()
  guard quote != UInt8(ascii: "["), inner.contains(quote) else { return inner }
  var content: [UInt8] = []
  content.reserveCapacity(inner.count)
  var skip = false
  for byte in inner {
    if skip {
      skip = false
      continue
    }
    content.append(byte)
    skip = byte == quote
  }
  return content[...]
}
