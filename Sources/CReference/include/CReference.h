// C loops that do the same work as ours at the machine's limit. Every symbol is creference_….
#pragma once
#include <stdint.h>
