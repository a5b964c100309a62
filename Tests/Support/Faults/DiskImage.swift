// What a disk holds after the power went: a pure function of all that was done to it since it was still.
//
// What was synced is there. Of the rest, contents of files and names in folders are lost, kept or half kept, each apart from
// the other: no order holds between what was not synced.

/// Something that was done to the disk. Files go by number, since names change.
public enum DiskEvent: Sendable {
  case create(path: String, file: Int)
  case write(file: Int, offset: Int, bytes: [UInt8])
  case resize(file: Int, length: Int)
  case sync(file: Int)
  /// What was not synced before it never will be, though later syncs succeed.
  case failedSync(file: Int)
  case rename(String, to: String)
  case exchange(String, String)
  case link(String, to: String)
  case unlink(String)
  case makeFolder(String)
  case syncFolder(String)
}

/// What becomes of that which was not synced.
public enum Survival: Sendable, Hashable, CustomStringConvertible {
  /// None of it is there.
  case lost
  /// All of it is there.
  case kept
  /// New names stand for files whose contents are not there.
  case names
  /// Contents are there, under the old names.
  case contents
  /// Contents are there, and of the names only the last change, without those before it.
  case lastName
  /// Some writes, some of them half; and of the names the first so many, or with an odd seed any. Which follows from the seed.
  case half(seed: UInt64)

  public var description: String {
    switch self {
    case .lost: "lost"
    case .kept: "kept"
    case .names: "names"
    case .contents: "contents"
    case .lastName: "last-name"
    case .half(let seed): "half-\(seed)"
    }
  }
}

/// Names and contents.
public struct DiskImage: Sendable, Equatable {
  public var folders: Set<String> = []
  public var names: [String: Int] = [:]
  public var contents: [Int: [UInt8]] = [:]

  public init() {}

  /// The image after a power cut that follows events on this one.
  public func after(_ events: [DiskEvent], _ survival: Survival) -> DiskImage {
    var image = self
    var unsynced: [DiskEvent] = []
    var writes: [Int: [DiskEvent]] = [:]
    for event in events {
      switch event {
      case .create(_, let file):
        image.contents[file] = []
        unsynced.append(event)
      case .write(let file, _, _), .resize(let file, _): writes[file, default: []].append(event)
      case .sync(let file):
        for write in writes.removeValue(forKey: file) ?? [] { image.apply(write) }
      case .failedSync(let file): writes[file] = nil
      case .syncFolder(let folder):
        for name in unsynced where name.folder == folder { image.apply(name) }
        unsynced.removeAll { $0.folder == folder }
      case .rename, .exchange, .link, .unlink, .makeFolder: unsynced.append(event)
      }
    }
    switch survival {
    case .lost: break
    case .kept:
      for event in writes.values.joined() { image.apply(event) }
      for event in unsynced { image.apply(event) }
    case .names: for event in unsynced { image.apply(event) }
    case .contents: for event in writes.values.joined() { image.apply(event) }
    case .lastName:
      for event in writes.values.joined() { image.apply(event) }
      if let event = unsynced.last, image.canApply(event) { image.apply(event) }
    case .half(let seed):
      var dice = SplitMix(state: seed)
      for file in writes.keys.sorted() {
        for event in writes[file] ?? [] {
          switch Int.random(in: 0..<4, using: &dice) {
          case 0: break
          case 1: image.apply(event.half(&dice))
          default: image.apply(event)
          }
        }
      }
      if seed.isMultiple(of: 2) {
        for event in unsynced.prefix(Int.random(in: 0...unsynced.count, using: &dice)) { image.apply(event) }
      } else {
        for event in unsynced where Bool.random(using: &dice) && image.canApply(event) { image.apply(event) }
      }
    }
    // What is in a folder that is not there cannot be found.
    image.names = image.names.filter { path, _ in
      let folder = DiskEvent.folder(of: path)
      return folder.isEmpty || image.folders.contains(folder)
    }
    return image
  }

  /// Whether the names that a change is about are there: those before it need not be.
  private func canApply(_ event: DiskEvent) -> Bool {
    switch event {
    case .rename(let from, _), .link(let from, _): names[from] != nil
    case .exchange(let first, let second): names[first] != nil && names[second] != nil
    default: true
    }
  }

  private mutating func apply(_ event: DiskEvent) {
    switch event {
    case .create(let path, let file): names[path] = file
    case .write(let file, let offset, let bytes):
      var content = contents.removeValue(forKey: file) ?? []
      if content.count < offset + bytes.count {
        content += [UInt8](repeating: 0, count: offset + bytes.count - content.count)
      }
      content.replaceSubrange(offset..<offset + bytes.count, with: bytes)
      contents[file] = content
    case .resize(let file, let length):
      var content = (contents[file] ?? []).prefix(length)
      content += [UInt8](repeating: 0, count: length - content.count)
      contents[file] = Array(content)
    case .rename(let from, let to): names[to] = names.removeValue(forKey: from)
    case .exchange(let first, let second): (names[first], names[second]) = (names[second], names[first])
    case .link(let from, let to): names[to] = names[from]
    case .unlink(let path): names[path] = nil
    case .makeFolder(let path): folders.insert(path)
    case .sync, .failedSync, .syncFolder: break
    }
  }
}

extension DiskEvent {
  /// The folder whose sync makes a change of names last; paths are relative, and the top is empty.
  fileprivate var folder: String? {
    switch self {
    case .create(let path, _), .rename(_, let path), .exchange(_, let path), .link(_, let path), .unlink(let path),
      .makeFolder(let path):
      Self.folder(of: path)
    default: nil
    }
  }

  static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }

  /// The first sectors of a write.
  fileprivate func half(_ dice: inout SplitMix) -> DiskEvent {
    guard case .write(let file, let offset, let bytes) = self else { return self }
    let sectors = bytes.count / 512
    let count = sectors > 0 ? 512 * Int.random(in: 0..<sectors, using: &dice) : bytes.count / 2
    return .write(file: file, offset: offset, bytes: Array(bytes.prefix(count)))
  }
}

/// Numbers that look random and follow from a seed.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
