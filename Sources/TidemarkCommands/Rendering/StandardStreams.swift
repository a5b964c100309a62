// The streams a process inherits. One that was closed (`>&-`) leaves its number free, and the next file to be opened
// gets it: words would then be written into a database. So each number is looked at before anything is opened.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Standard input, output and error of this process.
enum StandardStreams {
  /// The output of a process that starts. To be called once, at its start.
  static func claim() -> Output {
    let usable = (0...2).map { claim(Int32($0)) }
    return Output(
      standardOutput: usable[1] ? .descriptor(1) : .closed, standardError: usable[2] ? .descriptor(2) : .closed)
  }

  /// Whether the stream was inherited. A free number is taken, so that nothing else gets it.
  private static func claim(_ descriptor: Int32) -> Bool {
    let flags = fcntl(descriptor, F_GETFD)
    if flags == -1 {
      // Descriptors are given out lowest first, and the lower ones are taken by now.
      _ = open("/dev/null", O_RDWR)
      return false
    }
    // What is inherited cannot be marked to be closed on exec: it would not have been. Such a one was opened by the
    // runtime before us, and is none of ours.
    return flags & FD_CLOEXEC == 0
  }
}

extension Sink {
  /// A stream that is not there.
  static let closed = Sink { _ in EBADF }
}
