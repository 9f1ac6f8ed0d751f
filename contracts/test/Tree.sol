// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title Tree
 * @notice Roots and inclusion paths by the recursive definitions of RFC 9162 sections 2.1.1 and 2.1.3.1.
 * @dev Slow, and as far from the ledger's loop as the text allows.
 */
library Tree {
    function root(bytes32[] memory entries) internal pure returns (bytes32) {
        return _root(entries, 0, entries.length);
    }

    function path(bytes32[] memory entries, uint256 index) internal pure returns (bytes32[] memory) {
        return _path(entries, index, 0, entries.length);
    }

    /// @dev MTH over entries[from:to].
    function _root(bytes32[] memory entries, uint256 from, uint256 to) private pure returns (bytes32) {
        if (to - from == 1) return sha256(abi.encodePacked(bytes1(0x00), entries[from]));
        uint256 middle = from + _split(to - from);
        return sha256(abi.encodePacked(bytes1(0x01), _root(entries, from, middle), _root(entries, middle, to)));
    }

    /// @dev PATH(index, entries[from:to]), where index counts from the first of all entries.
    function _path(
        bytes32[] memory entries,
        uint256 index,
        uint256 from,
        uint256 to
    ) private pure returns (bytes32[] memory) {
        if (to - from == 1) return new bytes32[](0);
        uint256 middle = from + _split(to - from);
        return
            index < middle
                ? _followedBy(_path(entries, index, from, middle), _root(entries, middle, to))
                : _followedBy(_path(entries, index, middle, to), _root(entries, from, middle));
    }

    /// @dev The largest power of two smaller than size.
    function _split(uint256 size) private pure returns (uint256 power) {
        power = 1;
        while (power * 2 < size) power *= 2;
    }

    function _followedBy(bytes32[] memory items, bytes32 last) private pure returns (bytes32[] memory longer) {
        longer = new bytes32[](items.length + 1);
        for (uint256 i = 0; i < items.length; ++i) longer[i] = items[i];
        longer[items.length] = last;
    }
}
