// Writes a file from front to back past the page cache, on a thread of its own.
//
// A copy in the page cache would serve nobody: a snapshot is not read again soon. It would cost a copy of every byte into
// pages that the kernel has to find first, push out what the service has cached, and stand in the disk's queue and in the
// file system's journal before the commits of the service that is captured.
internal import TidemarkSQLite

/// Gathers bytes in large pieces; while one is filled, others are on their way to the disk.
///
/// Unchecked because the monitor guards what both threads touch, and one thread at a time appends.
final class StreamWriter: @unchecked Sendable {
  /// Bytes a piece: larger ones gain nothing, and a commit of the service waits for no more than those on their way.
  private static let pieceLength = 1 << 20
  private static let pieces = 3

  private let output: OutputFile
  /// Where the next byte goes that is appended.
  private(set) var offset: Int64
  private var filling: Buffer?
  private var filled = 0
  private var thread: WorkerThread?

  private let monitor = Monitor()
  // Under the monitor:
  private var free: [Buffer] = []
  private var waiting: [(piece: Buffer, place: Int64)] = []
  private var isWriting = false
  private var isEnding = false
  private var failure: (any Error)?

  /// A writer that begins at the start of a file.
  init(_ output: OutputFile) {
    self.output = output
    offset = 0
  }

  /// Takes bytes. One thread at a time.
  /// - Throws: what writing earlier ones threw.
  func append(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while !rest.isEmpty {
      let piece = try piece()
      let count = min(rest.count, Self.pieceLength - filled)
      UnsafeMutableRawBufferPointer(rebasing: piece.bytes[filled..<filled + count])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
      filled += count
      offset += Int64(count)
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      if filled == Self.pieceLength { try send(piece) }
    }
  }

  /// Waits until everything that was appended is in the file.
  func finish() throws {
    try monitor.withLock {
      while failure == nil, isWriting || !waiting.isEmpty { monitor.wait() }
      if let failure { throw failure }
    }
    guard let filling, filled > 0 else { return }
    let start = offset - Int64(filled)
    // Of a file that is less than a piece, nothing is worth waiting for the disk.
    let direct = start == 0 ? 0 : filled / directUnit * directUnit
    if direct > 0 {
      try output.writePastCache(UnsafeRawBufferPointer(rebasing: filling.bytes[..<direct]), at: start)
    }
    if direct < filled {
      try output.write(UnsafeRawBufferPointer(rebasing: filling.bytes[direct..<filled]), at: start + Int64(direct))
    }
    filled = 0
  }

  /// Ends the thread. What is not in the file by now stays out of it.
  func end() {
    monitor.withLock {
      isEnding = true
      monitor.wakeAll()
    }
    thread?.join()
    thread = nil
  }

  /// The piece to fill.
  private func piece() throws -> Buffer {
    if let filling { return filling }
    let piece = try monitor.withLock {
      // Pieces are made as they are needed: a small file needs one.
      while failure == nil, free.isEmpty, waiting.count + (isWriting ? 1 : 0) >= Self.pieces - 1 { monitor.wait() }
      if let failure { throw failure }
      return free.popLast() ?? Buffer(Self.pieceLength)
    }
    filling = piece
    return piece
  }

  /// Hands a full piece to the thread.
  private func send(_ piece: Buffer) throws {
    let place = offset - Int64(filled)
    filling = nil
    filled = 0
    // The thread holds its writer until it is ended.
    if thread == nil { thread = WorkerThread { self.work() } }
    guard thread != nil else {
      try output.writePastCache(UnsafeRawBufferPointer(piece.bytes), at: place)
      return monitor.withLock { free.append(piece) }
    }
    monitor.withLock {
      waiting.append((piece, place))
      monitor.wakeAll()
    }
  }

  private func work() {
    while let (piece, place) = take() {
      let result = Result { try output.writePastCache(UnsafeRawBufferPointer(piece.bytes), at: place) }
      monitor.withLock {
        isWriting = false
        free.append(piece)
        if case .failure(let error) = result, failure == nil { failure = error }
        monitor.wakeAll()
      }
    }
  }

  /// The oldest piece that waits; nil when there will be none.
  private func take() -> (Buffer, Int64)? {
    monitor.withLock {
      while waiting.isEmpty, !isEnding { monitor.wait() }
      guard !isEnding, failure == nil else { return nil }
      isWriting = true
      return waiting.removeFirst()
    }
  }
}
