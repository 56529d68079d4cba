#include "base/fd.h"

#include <unistd.h>

namespace pack {

Fd::~Fd() {
  if (number_ >= 0) ::close(number_);
}

}  // namespace pack
