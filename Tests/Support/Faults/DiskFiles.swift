// Tidemark's own file layer over a watched folder.
import Foundation
public import TestFiles
public import TidemarkSQLite

/// The machine's files, with what happens in the watched folder written down or going wrong.
public struct DiskFiles: ForwardingFiles {
  public let base = LocalFiles()
  let disk: FaultDisk

  public init(_ disk: FaultDisk) { self.disk = disk }

  public func forward<T>(_ operation: String, _ path: String?, _ body: () throws -> T) throws -> T {
    let kind: DiskOperation.Kind =
      switch operation {
      case "read": .read
      case "lease", "lockRange": .lock
      case "setMode", "setOwner", "setAttribute", "clone", "allocate": .memory
      default: .look
      }
    return try step(kind, operation, path, body)
  }

  private func step<T>(
    _ kind: DiskOperation.Kind, _ operation: String, _ path: String?, half: () throws -> Void = {},
    _ body: () throws -> T
  ) throws -> T {
    let words = path.map { disk.inside($0) ?? $0 } ?? "?"
    switch disk.answer(kind, "\(operation) \(words)", isSQLite: false) {
    case .goOn: return try body()
    case .fail(let number): throw FileError(operation, words, number)
    case .half(let number):
      try half()
      throw number.map { FileError(operation, words, $0) as any Error } ?? PowerCut()
    case .dead: throw PowerCut()
    }
  }

  private func step<T>(
    _ kind: DiskOperation.Kind, _ operation: String, behind descriptor: Int32, half: () throws -> Void = {},
    _ body: () throws -> T
  ) throws -> T {
    try step(kind, operation, disk.root + "/" + disk.name(behind: descriptor), half: half, body)
  }

  public func open(_ path: String, _ how: OpenHow) throws -> Int32 {
    guard let inside = disk.inside(path) else { return try base.open(path, how) }
    let isMade =
      switch how {
      case .read, .readWrite: false
      case .create, .createNew: !disk.isThere(inside)
      }
    return try step(isMade ? .create : .open, isMade ? "create" : "open", path) {
      let descriptor = try base.open(path, how)
      disk.opened(descriptor, try disk.file(inside))
      return descriptor
    }
  }

  public func close(_ descriptor: Int32) {
    if disk.closed(descriptor) { base.close(descriptor) }
  }

  public func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
    try step(.read, "read", behind: descriptor) { try base.read(descriptor, into: buffer, at: offset) }
  }

  public func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
    let write = { (part: UnsafeRawBufferPointer) in
      try base.write(descriptor, part, at: offset)
      if let file = disk.file(behind: descriptor) {
        disk.note(.write(file: file, offset: Int(offset), bytes: Array(part)))
      }
    }
    try step(
      .write, "write", behind: descriptor, half: { try write(UnsafeRawBufferPointer(rebasing: bytes.firstHalf)) }
    ) { try write(bytes) }
  }

  public func truncate(_ descriptor: Int32, to length: Int64) throws {
    try step(.resize, "truncate", behind: descriptor) {
      try base.truncate(descriptor, to: length)
      if let file = disk.file(behind: descriptor) { disk.note(.resize(file: file, length: Int(length))) }
    }
  }

  public func allocate(_ descriptor: Int32, _ length: Int64) throws {
    try step(.resize, "allocate", behind: descriptor) {
      let before = try base.size(descriptor)
      try base.allocate(descriptor, length)
      let after = try base.size(descriptor)
      if after != before, let file = disk.file(behind: descriptor) {
        disk.note(.resize(file: file, length: Int(after)))
      }
    }
  }

  public func sync(_ descriptor: Int32) throws {
    let file = disk.file(behind: descriptor)
    do {
      try step(.sync, "sync", behind: descriptor) {
        try base.sync(descriptor)
        if let file { disk.note(.sync(file: file)) }
      }
    } catch let error as FileError {
      if let file { disk.note(.failedSync(file: file)) }
      throw error
    }
  }

  public func syncFolder(_ path: String) throws {
    try step(.sync, "syncFolder", path) {
      try base.syncFolder(path)
      if path == disk.root {
        disk.note(.syncFolder(""))
      } else if let inside = disk.inside(path) {
        disk.note(.syncFolder(inside))
      }
    }
  }

  private func names(_ operation: String, _ path: String, _ event: DiskEvent, _ body: () throws -> Void) throws {
    try step(.name, operation, path) {
      try body()
      disk.noteNames(event)
    }
  }

  private func inside(_ path: String) -> String { disk.inside(path) ?? path }

  public func rename(_ from: String, to: String) throws {
    try names("rename", from, .rename(inside(from), to: inside(to))) { try base.rename(from, to: to) }
  }
  public func renameNew(_ from: String, to: String) throws {
    try names("renameNew", from, .rename(inside(from), to: inside(to))) { try base.renameNew(from, to: to) }
  }
  public func exchange(_ first: String, _ second: String) throws {
    try names("exchange", first, .exchange(inside(first), inside(second))) { try base.exchange(first, second) }
  }
  public func link(_ from: String, to: String) throws {
    try names("link", from, .link(inside(from), to: inside(to))) { try base.link(from, to: to) }
  }
  public func unlink(_ path: String) throws {
    try names("unlink", path, .unlink(inside(path))) { try base.unlink(path) }
  }

  public func makeFolder(_ path: String) throws {
    if try base.status(path, followLinks: true) != nil { return try step(.look, "makeFolder", path) {} }
    try step(.folder, "makeFolder", path) {
      try base.makeFolder(path)
      if let inside = disk.inside(path) { disk.note(.makeFolder(inside)) }
    }
  }
}

extension UnsafeRawBufferPointer {
  /// The first half, in whole sectors where there are more than one.
  var firstHalf: Slice<UnsafeRawBufferPointer> { self[..<(count > 512 ? count / 1024 * 512 : count / 2)] }
}
