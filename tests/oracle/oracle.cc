#include "tests/oracle/oracle.h"
