// Paths as text: the few operations on them that are needed without asking the file system.

/// The folder a path stands in; "." for a bare name, "/" for a name at the root.
public func parentFolder(of path: String) -> String {
  var bytes = Substring(path).utf8
  while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
  guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return "." }
  return slash == bytes.startIndex ? "/" : String(Substring(bytes[..<slash]))
}

/// The last part of a path.
public func lastComponent(of path: String) -> String {
  var bytes = Substring(path).utf8
  while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
  guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")), bytes.count > 1 else { return String(Substring(bytes)) }
  return String(Substring(bytes[bytes.index(after: slash)...]))
}

/// A name in a folder; an absolute name stands for itself.
public func join(_ folder: String, _ name: String) -> String {
  if name.hasPrefix("/") { return name }
  return folder.hasSuffix("/") ? folder + name : folder + "/" + name
}
