// What every test process needs before its first test.
#pragma once
