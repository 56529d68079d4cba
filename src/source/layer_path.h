#pragma once

#include <string>

#include "archive/tar_reader.h"

namespace pack {

/// What a member of a layer's tar is about (OCI image-spec, layer.md).
struct LayerPath {
  enum class Meaning {
    entry,     ///< the path is there
    whiteout,  ///< ".wh.NAME": what lower layers have at the path is deleted
    opaque,    ///< ".wh..wh..opq": what lower layers have in the folder at the path is deleted
    ignored    ///< AUFS's own ".wh..wh.NAME", or something in a folder called ".wh.NAME"
  };
  Meaning meaning = Meaning::entry;
  std::string path = "/";     ///< absolute, as an ImagePath has it; without ".wh."
  bool was_absolute = false;  ///< "/usr", which engines take for "usr"; some tools write it
};

/// "./usr//bin/" is "/usr/bin". Throws Error for what no layer may name: nothing at all, "..", and
/// ".wh." with nothing, "." or ".." behind it.
LayerPath layer_path(const std::string& member);

}  // namespace pack
