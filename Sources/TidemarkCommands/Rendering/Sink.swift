// One stream: how to write to it, and whether a person looks at it.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Takes bytes. A file descriptor, or a test's own.
public struct Sink: Sendable {
  /// Whether it is a terminal: colours and progress are for terminals alone.
  public var isTerminal: Bool
  /// The terminal's width in columns; nil where there is none.
  public var columns: @Sendable () -> Int?
  /// Takes all of the bytes, and returns 0 or the `errno` of what stopped it.
  public var write: @Sendable ([UInt8]) -> Int32

  /// A sink of one's own.
  public init(
    isTerminal: Bool = false, columns: @escaping @Sendable () -> Int? = { nil },
    write: @escaping @Sendable ([UInt8]) -> Int32
  ) {
    self.isTerminal = isTerminal
    self.columns = columns
    self.write = write
  }

  /// A file descriptor of this process.
  public static func descriptor(_ descriptor: Int32) -> Sink {
    Sink(
      isTerminal: isatty(descriptor) == 1,
      columns: {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
      },
      write: { bytes in
        var rest = bytes
        while !rest.isEmpty {
          let written = systemWrite(descriptor, rest, rest.count)
          if written == rest.count { break }
          if written > 0 {
            rest.removeFirst(written)
          } else if errno == EAGAIN {
            // Another program has made the terminal or pipe non-blocking.
            var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&waiting, 1, -1)
          } else if errno != EINTR {
            return errno
          }
        }
        return 0
      })
  }
}

// Under the name `write` the member above would hide it.
private let systemWrite = write(_:_:_:)
